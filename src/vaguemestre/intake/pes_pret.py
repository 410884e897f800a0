"""A ready-made PES Aller: recognised, and the PJ that lie beside it matched to its PJRef.

The file itself is never touched. A PJ beside is matched by name: the file is called like the
IdUnique (with or without extension) or like the NomPJ of the PJRef. It travels in a PES_PJ of
its own, whose RefCompta names the pièces that refer to it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from vaguemestre.domain.comptable import PieceJustificative, RefCompta
from vaguemestre.errors import Anomalie, Gravite, IllisibleError
from vaguemestre.formats.plan import Element, Octets, elements, encodage, projeter, racine
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.inventaire import Fichier, illisible
from vaguemestre.intake.nature_pj import reconnaitre

_VALEUR = r"\s+V\s*=\s*[\"']([^\"']*)[\"']"
_DOMAINES = (("PES_DepenseAller", "01"), ("PES_RecetteAller", "02"))
_RETOURS = {"PES_ACQUIT": "un acquit", "PES_Retour": "un retour", "PES_DepenseRetour": "un retour"}


@dataclass(frozen=True, slots=True)
class _Reference:
    """A PJRef of the file and the pièce it stands in."""

    id_unique: str
    nom: str
    type: str
    cible: RefCompta


def genre_xml(fichier: Fichier, constats: Constats) -> str:
    """Local name of the root element; '' with a finding when the file is no readable XML."""
    try:
        with projeter(fichier.chemin) as octets:
            if not octets[:64].strip():
                _refuser(fichier, "le fichier est vide", "Refaire l'export du PES.", constats)
                return ""
            return _racine(octets)
    except IllisibleError as error:
        _refuser(fichier, str(error), "Refaire l'export du PES depuis le logiciel.", constats)
    except OSError as error:
        illisible(fichier.nom, error, constats)
    return ""


def _racine(octets: Octets) -> str:
    """Local name of the root element.

    Raises:
        IllisibleError: UTF-16, a DOCTYPE, no element at all.
    """
    encodage(octets)
    nom = racine(octets).nom
    if nom.startswith("!"):
        raise IllisibleError("le fichier porte un DOCTYPE, refusé par sécurité")
    return nom.rpartition(":")[2]


def refuser_autre(fichier: Fichier, nom: str, constats: Constats) -> None:
    """An XML that is not a PES Aller."""
    quoi = _RETOURS.get(nom, f"un document « {nom} »")
    _refuser(
        fichier,
        f"ce n'est pas un PES Aller mais {quoi}",
        "Déposer ici le fichier PES Aller du logiciel ; un acquit se lit avec « vaguemestre ack ».",
        constats,
        "depot.pes.racine",
    )


def _refuser(
    fichier: Fichier, message: str, conseil: str, constats: Constats, regle: str = "xml.illisible"
) -> None:
    constats.depot(regle, message, conseil, fichier=fichier.nom)


def pj_a_cote(
    pes: Fichier, autour: Sequence[Fichier], constats: Constats
) -> tuple[PieceJustificative, ...]:
    """The PJ that the file refers to, does not hold, and that lie beside it."""
    if not autour:
        return ()
    try:
        with projeter(pes.chemin) as octets:
            presentes, references = _releve(octets)
    except IllisibleError as error:
        _refuser(pes, str(error), "Refaire l'export du PES depuis le logiciel.", constats)
        return ()
    except OSError as error:
        illisible(pes.nom, error, constats)
        return ()
    par_id: dict[str, list[_Reference]] = {}
    for reference in references:
        if reference.id_unique not in presentes:
            par_id.setdefault(reference.id_unique, []).append(reference)
    pris: set[str] = set()
    trouvees = []
    for id_unique, citations in par_id.items():
        noms = {citation.nom for citation in citations if citation.nom}
        fichier = next((f for f in autour if _correspond(f, id_unique, noms)), None)
        if fichier is not None:
            pris.add(fichier.nom)
            trouvees.append(_pj(fichier, id_unique, citations, constats))
    _non_citees(pes, [f for f in autour if f.nom not in pris], presentes, constats)
    return tuple(trouvees)


def _correspond(fichier: Fichier, id_unique: str, noms: set[str]) -> bool:
    tronc = fichier.court.rpartition(".")[0] or fichier.court
    return id_unique in (tronc, fichier.court) or fichier.court in noms


def _pj(
    fichier: Fichier, id_unique: str, citations: Sequence[_Reference], constats: Constats
) -> PieceJustificative:
    try:
        with fichier.chemin.open("rb") as flux:
            tete = flux.read(2048)
    except OSError as error:
        illisible(fichier.nom, error, constats)
        tete = b""
    if fichier.taille == 0:
        constats.noter(
            Anomalie(
                "pj.vide",
                f"PJ {id_unique}",
                f"{fichier.nom} : le fichier est vide",
                Gravite.REJET_PJ,
                conseil="Redéposer le document complet.",
                fichier=fichier.nom,
            )
        )
    nom = next((c.nom for c in citations if c.nom), fichier.court)
    return PieceJustificative(
        id_unique=id_unique,
        nom=nom,
        description=nom,
        mime=reconnaitre(tete, fichier.extension)[0],
        type=next((c.type for c in citations if c.type), None),
        references=tuple(dict.fromkeys(c.cible for c in citations)),
        chemin=fichier.chemin,
        taille=fichier.taille,
    )


def _non_citees(
    pes: Fichier, restes: Sequence[Fichier], presentes: set[str], constats: Constats
) -> None:
    for fichier in restes:
        double = any(_correspond(fichier, id_unique, set()) for id_unique in presentes)
        constats.depot(
            "depot.pj.non_citee",
            f"« {fichier.nom} » "
            + (
                "est déjà dans le PES : la copie à côté n'est pas envoyée"
                if double
                else f"n'est cité par aucune pièce de {pes.nom} : il n'est pas envoyé"
            ),
            "Nommer le fichier comme l'IdUnique ou le NomPJ de son PJRef, ou le retirer.",
            fichier=fichier.nom,
            gravite=Gravite.AVERTISSEMENT,
        )


def _releve(octets: Octets) -> tuple[set[str], list[_Reference]]:
    """(IdUnique of the PJ inside, the electronic PJRef with their pièces)."""
    plan = elements(
        octets, ["PES_DepenseAller", "PES_RecetteAller", "Bordereau", "PJRef", "PES_PJ"]
    )
    presentes = {valeur for bloc in plan["PES_PJ"] for valeur in _identifiants(octets, bloc)}
    references = []
    for domaine, code in _DOMAINES:
        for bloc in plan[domaine]:
            for bordereau in _dans(plan["Bordereau"], bloc):
                refs = _dans(plan["PJRef"], bordereau)
                references += list(_references(octets, bordereau, refs, code))
    return presentes, references


def _identifiants(octets: Octets, bloc: Element) -> Iterator[str]:
    position = octets.find(b"<IdUnique", bloc.debut, bloc.fin)
    while position >= 0:
        fin = octets.find(b">", position)
        yield _feuille(octets[position : fin + 1].decode("latin-1"), "IdUnique")
        position = octets.find(b"<IdUnique", fin, bloc.fin)


def _dans(liste: Sequence[Element], dehors: Element) -> Sequence[Element]:
    """The elements that begin inside another one; both are in document order."""
    de = bisect_left(liste, dehors.debut, key=_debut)
    return liste[de : bisect_left(liste, dehors.fin, lo=de, key=_debut)]


def _debut(element: Element) -> int:
    return element.debut


def _references(
    octets: Octets, bordereau: Element, refs: Sequence[Element], domaine: str
) -> Iterator[_Reference]:
    if not refs:
        return
    texte = octets[bordereau.debut : bordereau.fin].decode("latin-1")
    exercice, type_ = _feuille(texte, "Exer"), _feuille(texte, "TypBord")
    for element in refs:
        dedans = octets[element.contenu : element.fermeture].decode("latin-1")
        if _feuille(dedans, "Support") not in ("", "01"):
            continue
        ici = element.debut - bordereau.debut
        piece = max(texte.rfind("<BlocPiece", 0, ici), 0)
        ligne = texte.rfind("<BlocLignePiece", piece, ici)
        yield _Reference(
            id_unique=_feuille(dedans, "IdUnique"),
            nom=_feuille(dedans, "NomPJ"),
            type=_feuille(dedans, "TypePJ"),
            cible=RefCompta(
                domaine=domaine,
                exercice=int(exercice) if exercice.isdigit() else 0,
                type_objet=type_,
                identifiant=_feuille(texte, "IdPce", piece) or None,
                complement=_feuille(texte, "IdLigne", ligne) if ligne > 0 else None,
            ),
        )


def _feuille(texte: str, nom: str, debut: int = 0) -> str:
    """The V of the first leaf of that name from `debut` on; '' when it is not there."""
    trouve = _motif(nom).search(texte, debut)
    return trouve[1] if trouve else ""


@cache
def _motif(nom: str) -> re.Pattern[str]:
    return re.compile(rf"<{nom}{_VALEUR}")
