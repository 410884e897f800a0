"""What `sign` must change in a PES Aller before it is signed, and what forbids signing it.

InfoDematerialisee becomes 1 (it lies outside the bordereaux; 0 with a signature rejects the
flux), every Bordereau gets an @Id, MtCumulAnnuel is written where it lacks (reference A1, pes.md
§9). Everything that Hélios would refuse afterwards is found here, all at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal

from lxml import etree

from vaguemestre.errors import Anomalie
from vaguemestre.signature.carte import DOMAINES, Carte, Noeud, fragment
from vaguemestre.signature.epissure import Lecture, Retouche

_CONSEIL = "Corriger dans le logiciel financier, puis redéposer le fichier."
_VALEUR = re.compile(rb"\sV\s*=\s*(\"[^\"]*\"|'[^']*')")
_NCNAME = re.compile(r"[^\W\d][\w.\-·]*")
_MAX = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauASigner:
    """What identifies a bordereau and what it adds to the running total of its year.

    `cumul_present` is the MtCumulAnnuel already in the file, or None. `type` is TypBord.
    """

    domaine: Literal["depense", "recette"]
    exercice: int
    type: str
    numero: int
    montant_ht: Decimal
    montant_tva: Decimal
    cumul_present: Decimal | None = None

    @property
    def ref(self) -> str:
        return f"bordereau {self.numero}"

    @property
    def exempte_de_cumul(self) -> bool:
        """An ORMC (recette, TypBord 06) needs no MtCumulAnnuel (pes.md §5.6)."""
        return self.domaine == "recette" and self.type == "06"


Cumul = Callable[[BordereauASigner], Decimal | None]


@dataclass(frozen=True, slots=True)
class Pret:
    """A bordereau ready to be signed: its place, its @Id, the retouches inside it."""

    noeud: Noeud
    id: str
    bordereau: BordereauASigner
    retouches: tuple[Retouche, ...]


@dataclass(slots=True)
class Preparation:
    """Retouches outside the bordereaux, bordereaux ready to sign, and what forbids signing."""

    retouches: list[Retouche] = field(default_factory=list)
    bordereaux: list[Pret] = field(default_factory=list)
    anomalies: list[Anomalie] = field(default_factory=list)


def preparer(lecture: Lecture, carte: Carte, cumul: Cumul) -> Preparation:
    """Decide every retouche; `cumul` is asked only where MtCumulAnnuel lacks."""
    prete = Preparation()
    prete.anomalies += _refus(carte)
    if prete.anomalies:
        return prete
    pris = set(carte.identifiants)
    for domaine in carte.domaines:
        _dematerialiser(lecture, domaine, prete)
        for noeud in domaine.directs("Bordereau"):
            _bordereau(lecture, carte, noeud, cumul, pris, prete)
    return prete


def _refus(carte: Carte) -> Iterator[Anomalie]:
    if not carte.est_pes:
        yield _anomalie("sig.racine", "enveloppe", "ce fichier n'est pas un PES Aller")
        return
    if carte.signatures:
        yield _anomalie(
            "sig.deja_signe",
            "enveloppe",
            "ce fichier porte déjà une signature : Hélios n'admet ni co-signature ni sur-signature",
            "Déposer le fichier signé tel quel, ou l'exporter de nouveau sans signature.",
        )
    elif not carte.bordereaux:
        yield _anomalie(
            "sig.rien_a_signer",
            "enveloppe",
            "ce fichier ne contient aucun bordereau : il n'y a rien à signer",
            "Un flux de pièces justificatives seules s'envoie sans signature.",
        )
    for valeur, nombre in carte.identifiants.items():
        if nombre > 1:
            yield _anomalie(
                "sig.id.double", "enveloppe", f"l'identifiant Id « {valeur} » figure {nombre} fois"
            )


def _dematerialiser(lecture: Lecture, domaine: Noeud, prete: Preparation) -> None:
    suffixe = "Depense" if domaine.nom == "PES_DepenseAller" else "Recette"
    entetes = domaine.directs(f"EnTete{suffixe}")
    if len(entetes) != 1:
        message = f"{domaine.nom} : EnTete{suffixe} manque ou figure plusieurs fois"
        prete.anomalies.append(_anomalie("sig.demat", "en-tête", message))
        return
    drapeaux = entetes[0].directs("InfoDematerialisee")
    if not drapeaux:
        versions = entetes[0].directs("IdVer")
        if len(versions) != 1:
            message = f"EnTete{suffixe} : IdVer manque"
            prete.anomalies.append(_anomalie("sig.demat", "en-tête", message))
            return
        fin = versions[0].fin
        prete.retouches.append(Retouche(fin, fin, b'<InfoDematerialisee V="1"/>'))
        return
    drapeau = drapeaux[0]
    valeur = drapeau.attributs.get("V", "").strip()
    if len(drapeaux) > 1 or valeur not in {"0", "1", "true", "false"}:
        message = f"EnTete{suffixe} : InfoDematerialisee vaut « {valeur} » au lieu de 0 ou 1"
        prete.anomalies.append(_anomalie("sig.demat", "en-tête", message))
    elif valeur in {"0", "false"}:
        balise = lecture.lire(drapeau.debut, drapeau.contenu)
        found = _VALEUR.search(balise)
        if found is not None:
            debut, fin = (drapeau.debut + rang for rang in found.span(1))
            prete.retouches.append(Retouche(debut + 1, fin - 1, b"1"))


def _bordereau(
    lecture: Lecture, carte: Carte, noeud: Noeud, cumul: Cumul, pris: set[str], prete: Preparation
) -> None:
    rang = len(prete.bordereaux) + 1
    blocs = noeud.directs("BlocBordereau")
    if len(blocs) != 1:
        message = f"le bordereau de rang {rang} n'a pas de BlocBordereau"
        prete.anomalies.append(_anomalie("sig.bordereau", f"bordereau de rang {rang}", message))
        return
    bloc = fragment(lecture, carte, blocs[0], lecture.lire(blocs[0].debut, blocs[0].fin))
    lu = _lire(bloc, DOMAINES[noeud.parent.nom] if noeud.parent else "", rang, prete.anomalies)
    if lu is None:
        return
    retouches: list[Retouche] = []
    id_bordereau = noeud.id
    if id_bordereau is None:
        id_bordereau = identifiant(f"BORD{lu.numero}", pris)
        apres = noeud.debut + len(b"<Bordereau")
        retouches.append(Retouche(apres, apres, f' Id="{id_bordereau}"'.encode("ascii")))
    elif not _NCNAME.fullmatch(id_bordereau):
        message = f"{lu.ref} : l'identifiant Id « {id_bordereau} » n'est pas permis"
        conseil = "Un Id commence par une lettre et ne contient ni espace ni deux-points."
        prete.anomalies.append(_anomalie("sig.id", lu.ref, message, conseil))
    ecrit = _cumul(lu, blocs[0], cumul, prete.anomalies)
    retouches += ecrit
    prete.bordereaux.append(Pret(noeud, id_bordereau, lu, tuple(retouches)))


def identifiant(souhait: str, pris: set[str]) -> str:
    """`souhait`, or the first of `souhait_2`, `souhait_3`… that is free; it is then taken."""
    candidat, rang = souhait, 1
    while candidat in pris:
        rang += 1
        candidat = f"{souhait}_{rang}"
    pris.add(candidat)
    return candidat


def _lire(
    bloc: etree._Element, domaine: str, rang: int, anomalies: list[Anomalie]
) -> BordereauASigner | None:
    def valeur(nom: str) -> str | None:
        trouve = bloc.find(nom)
        return None if trouve is None else (trouve.get("V") or "").strip()

    ref = f"bordereau {valeur('IdBord')}" if valeur("IdBord") else f"bordereau de rang {rang}"
    montant = "MtBordHT" if domaine == "depense" else "MtBordHt"
    textes = {nom: valeur(nom) for nom in ("Exer", "IdBord", "TypBord", "NbrPce", montant)}
    absents = [nom for nom, texte in textes.items() if not texte]
    faux = [nom for nom in ("Exer", "IdBord") if textes[nom] and not _entier(textes[nom])]
    nombres = {nom: _decimal(valeur(nom)) for nom in (montant, "MtBordTVA", "MtCumulAnnuel")}
    faux += [nom for nom, nombre in nombres.items() if nombre is None and valeur(nom)]
    for nom in absents:
        anomalies.append(_anomalie("sig.bordereau", ref, f"{ref} : {nom} manque"))
    for nom in faux:
        message = f"{ref} : {nom} vaut « {valeur(nom)} », qui n'est pas un nombre"
        anomalies.append(_anomalie("sig.bordereau", ref, message))
    if absents or faux:
        return None
    return BordereauASigner(
        domaine="depense" if domaine == "depense" else "recette",
        exercice=int(textes["Exer"] or 0),
        type=textes["TypBord"] or "",
        numero=int(textes["IdBord"] or 0),
        montant_ht=nombres[montant] or Decimal(0),
        montant_tva=nombres["MtBordTVA"] or Decimal(0),
        cumul_present=nombres["MtCumulAnnuel"],
    )


def _entier(texte: str | None) -> bool:
    return texte is not None and re.fullmatch(r"[0-9]{1,9}", texte) is not None


def _decimal(texte: str | None) -> Decimal | None:
    if not texte or not re.fullmatch(r"[+-]?[0-9]*\.?[0-9]*", texte):
        return None
    try:
        return Decimal(texte)
    except InvalidOperation:
        return None


def _cumul(
    lu: BordereauASigner, bloc: Noeud, cumul: Cumul, anomalies: list[Anomalie]
) -> list[Retouche]:
    """MtCumulAnnuel after NbrPce, where it lacks and is needed (pes.md §13, rule 8)."""
    if lu.cumul_present is not None:
        if lu.cumul_present <= 0 and not lu.exempte_de_cumul:
            message = f"{lu.ref} : MtCumulAnnuel vaut {lu.cumul_present}, Hélios rejette"
            anomalies.append(_anomalie("sig.cumul", lu.ref, message))
        return []
    if lu.exempte_de_cumul:
        return []
    montant = cumul(lu)
    if montant is None:
        message = f"{lu.ref} : MtCumulAnnuel manque, et un bordereau signé doit le porter"
        conseil = (
            f"Donner le total de l'année, ce bordereau compris : --cumul {lu.numero}=MONTANT, "
            "ou fixer le cumul de départ de ce budget dans la configuration."
        )
        anomalies.append(_anomalie("sig.cumul", lu.ref, message, conseil))
        return []
    texte = format(montant, "f") if montant.is_finite() else ""
    if not re.fullmatch(r"[0-9]+(\.[0-9]{1,2})?", texte) or not 0 < montant < _MAX:
        message = f"{lu.ref} : le cumul annuel {montant} n'est pas un montant que le PES admet"
        conseil = "Il faut un montant positif, avec deux décimales au plus et douze chiffres avant."
        anomalies.append(_anomalie("sig.cumul", lu.ref, message, conseil))
        return []
    fin = bloc.directs("NbrPce")[0].fin
    return [Retouche(fin, fin, f'<MtCumulAnnuel V="{texte}"/>'.encode("ascii"))]


def _anomalie(regle: str, ref: str, message: str, conseil: str = _CONSEIL) -> Anomalie:
    return Anomalie(regle, ref, message, conseil=conseil)
