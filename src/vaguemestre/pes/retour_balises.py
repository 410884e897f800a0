"""The tags of a PES_Retour by expat: for files that `retour_flux` cannot read by search.

A comment, a CDATA section or a prefix may stand anywhere in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from vaguemestre.errors import IllisibleError
from vaguemestre.formats.mal_forme import raison
from vaguemestre.pes.reponse_flux import BORNES, Bornes, morceaux
from vaguemestre.pes.retour_brut import BALISES_MAX, BLOC_MAX, Bloc, LigneBrute, PieceBrute, Releve

_INFOS = frozenset({"InfoPiece", "BlocPiece"})
_EMARGEMENTS = frozenset({"PaiementEmargement", "EncaissementEmargement"})


def lire_balises(
    path: Path,
    releve: Releve,
    bornes: Bornes = BORNES,
    *,
    bloc_max: int = BLOC_MAX,
    balises_max: int = BALISES_MAX,
) -> Iterator[PieceBrute]:
    """Every pièce in document order; `releve` is kept up to date.

    Raises:
        IllisibleError: not well-formed, a DOCTYPE, beyond `bornes`, a pièce of more than
            `bloc_max` octets or `balises_max` tags.
    """
    suivi = _Suivi(releve)
    analyseur = expat.ParserCreate()
    analyseur.StartDoctypeDeclHandler = _doctype
    analyseur.StartElementHandler = suivi.debut
    analyseur.EndElementHandler = suivi.fin
    depuis = balises = 0
    try:
        for morceau in morceaux(path, bornes):
            analyseur.Parse(morceau, False)
            pretes = suivi.prendre()
            yield from pretes
            # Outside a pièce nothing is kept: other domains may be as long as they like.
            dedans = suivi.dans_une_piece and not pretes
            depuis = depuis + len(morceau) if dedans else 0
            balises = balises + morceau.count(b"<") if dedans else 0
            if depuis > bloc_max:
                raise IllisibleError(f"plus de {bloc_max} octets sans la fin d'une pièce")
            if balises > balises_max:
                raise IllisibleError(f"plus de {balises_max} balises dans une pièce")
        analyseur.Parse(b"", True)
    except expat.ExpatError as error:
        raise IllisibleError(f"XML mal formé : {raison(error)}") from error
    yield from suivi.prendre()


def _doctype(*_: object) -> None:
    raise IllisibleError("le fichier porte un DOCTYPE, refusé par sécurité")


class _Suivi:
    """Follows the open tags; a whole pièce waits in `prendre`."""

    def __init__(self, releve: Releve) -> None:
        self._releve = releve
        self._pile: list[Bloc] = []
        self._bloc: Bloc = {}
        self._piece: PieceBrute | None = None
        self._pretes: list[PieceBrute] = []

    @property
    def dans_une_piece(self) -> bool:
        return self._piece is not None

    def prendre(self) -> list[PieceBrute]:
        pretes, self._pretes = self._pretes, []
        return pretes

    def debut(self, balise: str, attributs: dict[str, str]) -> None:
        self._pile.append(self._bloc)
        nom = balise.rpartition(":")[2]
        valeur = attributs.get("V")
        if valeur is None:
            self._bloc = self._ouvrir(nom)
        elif valeur.strip():
            self._bloc.setdefault(nom, valeur.strip())

    def fin(self, balise: str) -> None:
        self._bloc = self._pile.pop()
        if self._piece is not None and balise.rpartition(":")[2] == "Piece":
            self._pretes.append(self._piece)
            self._piece = None

    def _ouvrir(self, nom: str) -> Bloc:
        """Where the leaves of the block `nom` go."""
        if self._piece is None:
            return self._dehors(nom)
        if nom == "LigneDePiece":
            self._piece.lignes.append(LigneBrute())
            return self._piece.lignes[-1].feuilles
        if nom in _EMARGEMENTS and self._piece.lignes:
            self._piece.lignes[-1].emargements.append({})
            return self._piece.lignes[-1].emargements[-1]
        return self._piece.info if nom in _INFOS else self._bloc

    def _dehors(self, nom: str) -> Bloc:
        if nom == "Piece":
            self._piece = self._releve.piece()
            return self._piece.info
        bloc, role = self._releve.entrer(nom)
        if role is not None:
            role.bordereau = bloc
            self._pretes.append(role)
        return bloc
