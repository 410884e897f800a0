"""Memory of the running process, as the kernel counts it."""

from __future__ import annotations

from pathlib import Path

MO = 1_000_000


def oublier_le_pic() -> None:
    """Start the high-water mark again from what is resident now."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def pic() -> float:
    """Highest resident size since, in MB."""
    return _lire("VmHWM")


def residente() -> float:
    """Resident size now, in MB."""
    return _lire("VmRSS")


def _lire(champ: str) -> float:
    for ligne in Path("/proc/self/status").read_text("ascii").splitlines():
        if ligne.startswith(champ + ":"):
            return int(ligne.split()[1]) * 1024 / MO
    raise LookupError(champ)
