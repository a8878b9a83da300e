"""The compiled half of bcnet: not for applications."""
