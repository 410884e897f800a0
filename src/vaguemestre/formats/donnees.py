"""Where the data files shipped with the program lie: schemas, sample keys."""

from __future__ import annotations

from pathlib import Path

from vaguemestre.errors import ConfigurationError

_PAQUET = Path(__file__).resolve().parents[1]


def donnees(nom: str) -> Path:
    """The folder `schemas` or `certs-sample`, in an installed wheel or in a checkout.

    Raises:
        ConfigurationError: the installation is damaged.
    """
    for candidat in (_PAQUET / "_donnees" / nom, _PAQUET.parents[1] / nom):
        if candidat.is_dir():
            return candidat
    raise ConfigurationError(f"installation incomplète : le dossier « {nom} » manque")
