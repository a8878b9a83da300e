"""What the scripts of bench/ share: running programs, saying what they ran on."""

import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(command, env=None):
    """stdout of a program; ends this one where that fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, env=env)
    if done.returncode != 0:
        name = pathlib.Path(sys.argv[0]).name
        sys.exit(f"{name}: exit code {done.returncode} from {' '.join(map(str, command))}")
    return done.stdout


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def compiler():
    try:
        return run(["g++", "--version"]).splitlines()[0]
    except FileNotFoundError:
        return "none"


def shown(path):
    """A path as it may stand in a document: inside the repository, or its name alone."""
    path = pathlib.Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
