"""Make the project's environment from a bare Python 3.11+: `python3 .ci/preparer.py .venv`.

Only the standard library is used. Debian's python has no ensurepip without a further package, so
pip is looked for where it may be: ensurepip, the system's pip, the distribution's wheels, uv, and
at last the distribution's own package of that wheel, unpacked without installing it. The lock
pins every package by hash; a stamp makes the second call immediate.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
VERROU = RACINE / "requirements.lock"


def dire(texte: str) -> None:
    print(f"[préparation] {texte}", file=sys.stderr, flush=True)


def reussit(commande: list[str]) -> bool:
    return (
        subprocess.run(commande, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        == 0
    )


def roues_de_la_distribution() -> list[Path]:
    """pip wheels that Debian and its children ship beside their python."""
    return sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))


def roue_par_apt(dossier: Path) -> list[Path]:
    """The distribution's pip wheel, downloaded and unpacked, never installed."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return []
    for _ in range(2):
        fait = subprocess.run(
            ["apt-get", "download", "python3-pip-whl"], cwd=dossier, capture_output=True
        )
        if fait.returncode == 0:
            break
        subprocess.run(["apt-get", "update", "-qq"], capture_output=True)
    for paquet in dossier.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(paquet), str(dossier / "contenu")], check=True)
    return sorted((dossier / "contenu").rglob("pip-*.whl"))


def installateur(python: Path, dossier: Path) -> list[str]:
    """The beginning of a command that installs into the environment of `python`."""
    if reussit([str(python), "-m", "ensurepip", "--upgrade", "--default-pip"]):
        return [str(python), "-m", "pip", "install"]
    if reussit([sys.executable, "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip", "--python", str(python), "install"]
    for roue in roues_de_la_distribution() or roue_par_apt(dossier):
        commande = [str(python), f"{roue}/pip"]
        if reussit([*commande, "--version"]):
            return [*commande, "install"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", str(python)]
    dire("aucun pip trouvé : installez le paquet python3-venv (ou uv), puis recommencez.")
    raise SystemExit(1)


def empreinte() -> str:
    """What the environment depends on: when it changes, everything is made again."""
    condense = hashlib.sha256(sys.version.encode())
    for fichier in (VERROU, RACINE / "pyproject.toml", Path(__file__)):
        condense.update(fichier.read_bytes())
    return condense.hexdigest()


def main(cible: Path) -> None:
    if sys.version_info < (3, 11):
        dire(f"Python 3.11 ou plus récent est nécessaire, celui-ci est {sys.version.split()[0]}.")
        raise SystemExit(1)
    marque = cible / "pret"
    if marque.exists() and marque.read_text("utf-8") == empreinte():
        return
    dire(f"création de {cible} (une minute la première fois)")
    venv.EnvBuilder(with_pip=False, clear=True, symlinks=os.name != "nt").create(cible)
    python = cible / "bin" / "python"
    with tempfile.TemporaryDirectory() as temporaire:
        installer = installateur(python, Path(temporaire))
        subprocess.run(
            [*installer, "--require-hashes", "--no-deps", "-r", str(VERROU)],
            check=True,
            stdout=sys.stderr,
        )
        subprocess.run(
            [*installer, "--no-deps", "--no-build-isolation", "-e", str(RACINE)],
            check=True,
            stdout=sys.stderr,
        )
    marque.write_text(empreinte(), "utf-8")
    dire("prêt")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".venv").absolute())
