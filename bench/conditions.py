"""What the scripts of bench/ share: running programs, saying what they ran on."""

import contextlib
import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BCNET = ROOT / "build" / "bin" / "bcnet"
# What tells one generation of server CPUs from the next where the name does not.
TELLING_FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "avx512_fp16",
                 "amx_int8", "amx_bf16")
# Instruction sets that a measurement can be held to, by the variables that our libraries and the
# peers' read: oneDNN (OpenVINO, PyTorch), PyTorch's own kernels. ONNX Runtime knows none.
INSTRUCTION_SETS = {"native": {}, "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}}
POLICIES = {os.SCHED_OTHER: "ordinary priority", os.SCHED_BATCH: "batch priority",
            os.SCHED_IDLE: "idle priority", os.SCHED_FIFO: "real-time priority (FIFO)",
            os.SCHED_RR: "real-time priority (round robin)"}


@contextlib.contextmanager
def held_to(instruction_set):
    """Every program that is started inside runs with these instructions at most."""
    before = dict(os.environ)
    os.environ.update(INSTRUCTION_SETS[instruction_set])
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run(command, env=None):
    """stdout of a program; ends this one where that fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, env=env)
    if done.returncode != 0:
        name = pathlib.Path(sys.argv[0]).name
        sys.exit(f"{name}: exit code {done.returncode} from {' '.join(map(str, command))}")
    return done.stdout


def cpuinfo():
    """The first processor's lines of /proc/cpuinfo."""
    block = pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    lines = (line.split(":", 1) for line in block.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in lines}


def cpu_model():
    return cpuinfo().get("model name") or platform.processor()


def cpu_generation():
    """The model with what tells its generation: family, model and instruction sets."""
    info = cpuinfo()
    flags = set(info.get("flags", "").split())
    has = " ".join(flag for flag in TELLING_FLAGS if flag in flags)
    where = f"family {info.get('cpu family', '?')}, model {info.get('model', '?')}"
    return f"{cpu_model()} ({where}; {has})"


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def operating_system():
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, {platform.system()} {platform.release().split('-')[0]}"


def scheduling():
    """How this process is scheduled, which the processes that it starts inherit."""
    policy = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
    words = POLICIES.get(policy, f"scheduling policy {policy}")
    if policy in (os.SCHED_FIFO, os.SCHED_RR):
        words += f" {os.sched_getparam(0).sched_priority}"
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < os.cpu_count():
        words += f", pinned to core{'s' if len(cores) > 1 else ''} {', '.join(map(str, cores))}"
    return words


def load_average():
    return os.getloadavg()[0]


def doctor():
    """What `bcnet doctor` says of the build: version, commit, compiler, libraries."""
    done = subprocess.run([BCNET, "doctor", "--json", "-"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    return json.loads(done.stdout)


def compiler():
    try:
        return run(["g++", "--version"]).splitlines()[0]
    except FileNotFoundError:
        return "none"


def shown(path):
    """A path as it may stand in a document: inside the repository, or its name alone."""
    path = pathlib.Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
