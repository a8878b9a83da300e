"""What bcnet raises."""


class Error(Exception):
    """Something is wrong with a model, an image or an argument.

    kind: "usage" (an argument), "data" (the image), "model" (the model file) or "io" (anything else).
    """

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message, kind)  # both: what pickle makes it of again
        self.kind = kind

    def __str__(self) -> str:
        return self.args[0]


class ArgumentError(Error, ValueError):
    """An argument or an image that cannot be used: a ValueError too."""


class ModelNotFoundError(Error, FileNotFoundError):
    """There is no model file: a FileNotFoundError too."""
