"""PesAller -> one PES Aller file, written as a stream with both digests.

The text of one bordereau at a time is in memory, and one piece of one PJ. Totals are computed
from the lines (NbrPce, MtBordHT, MtBordTVA); everything else is written as the domain says it,
in ISO-8859-1, or refused with its place: nothing is truncated, rounded or replaced here
(`formats.caracteres` did that before, and counted it). Equal documents give equal bytes.

Amounts in XPF have no fraction and are written with « .00 », as every PES amount is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from vaguemestre.domain.comptable import Bordereau, Domaine, PesAller, PieceJustificative
from vaguemestre.errors import Anomalie, DocumentError, Gravite, ZoneError
from vaguemestre.formats.balise import Ecriture
from vaguemestre.formats.bloc import Bloc
from vaguemestre.formats.codecs import JEU
from vaguemestre.pes import depense, recette
from vaguemestre.pes.communs import ENTETE, ENVELOPPE, VERSION_DOMAINE, VERSION_PJ
from vaguemestre.pes.pj import MIME, PJ
from vaguemestre.pes.pj_flux import base64_gzip, taille_bornee
from vaguemestre.pes.sortie import FichierNeuf
from vaguemestre.ports import Empreinte

ESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
Monnaie = Literal["EUR", "XPF"]

OUVRANTE = f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<n:PES_Aller xmlns:n="{ESPACE}">\n'
FERMANTE = "</n:PES_Aller>\n"
_BLOCS: tuple[tuple[Domaine, str, str, Bloc[Bordereau]], ...] = (
    (Domaine.DEPENSE, "PES_DepenseAller", "EnTeteDepense", depense.BORDEREAU),
    (Domaine.RECETTE, "PES_RecetteAller", "EnTeteRecette", recette.BORDEREAU),
)


@dataclass(frozen=True, slots=True)
class PesEcrit:
    """A PES Aller on the disk, whole and durable, and what identifies it."""

    chemin: Path
    empreinte: Empreinte


@dataclass(frozen=True, slots=True)
class _Cadre:
    """The text around a PJ's content."""

    avant: str
    pj: PieceJustificative
    apres: str


def ecrire(
    document: PesAller, vers: Path, *, monnaie: Monnaie = "EUR", durable: bool = True
) -> PesEcrit:
    """Write the file `vers`; it appears under its name only when it is whole.

    `durable` False leaves out the fsync, for a caller that copies the file into a store at once.

    Raises:
        DocumentError: values that do not fit, a PJ without content; all of them in `.anomalies`.
        DepotError: a PJ became unreadable while it was being written.
        RessourceError: the disk is full, the folder refuses.
    """
    sortie = Ecriture(sans_centimes=monnaie == "XPF")
    cadres, sur_pj = _cadres(document)
    attendu = sum(taille_bornee(pj.taille) for pj in document.pieces_justificatives)
    with FichierNeuf(vers, attendu, durable=durable) as fichier:
        for texte in _textes(document, sortie):
            fichier.ecrire(texte.encode(JEU, "xmlcharrefreplace"))
        anomalies = (*sortie.anomalies, *sur_pj, *_vide(document))
        if anomalies:
            raise _refus(anomalies)
        for cadre in cadres:
            _ecrire_pj(cadre, fichier)
        fichier.ecrire(_fin(document).encode(JEU))
    return PesEcrit(vers, fichier.empreinte)


def verifier(document: PesAller, *, monnaie: Monnaie = "EUR") -> tuple[Anomalie, ...]:
    """Everything `ecrire` would refuse, all at once, without writing anything."""
    sortie = Ecriture(sans_centimes=monnaie == "XPF")
    for _ in _textes(document, sortie):
        pass  # the text is not wanted, only what did not fit
    _, sur_pj = _cadres(document)
    return (*sortie.anomalies, *sur_pj, *_vide(document))


def taille_bordereau(bordereau: Bordereau) -> int:
    """Bytes of the bordereau as it will be written, unsigned; what does not fit counts as 0."""
    sortie = Ecriture()
    bloc = next(bloc for domaine, _, _, bloc in _BLOCS if domaine is bordereau.domaine)
    bloc.ecrire(bordereau, sortie)
    return len(sortie.vider())


def taille_cadre_pj(pj: PieceJustificative) -> int:
    """Bytes of the PJ as it will be written, without its content."""
    sortie = Ecriture()
    cadre = _cadre(pj, sortie)
    return len(cadre.avant) + len(cadre.apres)


def _textes(document: PesAller, sortie: Ecriture) -> Iterator[str]:
    """The document up to its PJ, bordereau by bordereau."""
    sortie.parts.append(OUVRANTE)
    ENVELOPPE.ecrire(document.enveloppe, sortie)
    sortie.parts.append("\n")
    ENTETE.ecrire(document.entete, sortie)
    yield sortie.vider()
    info = f'<InfoDematerialisee V="{int(document.dematerialise)}"/>'
    for domaine, racine, entete, bloc in _BLOCS:
        bordereaux = document.du_domaine(domaine)
        if not bordereaux:
            continue
        sortie.parts.append(f"\n<{racine}>")
        sortie.parts.append(f'<{entete}><IdVer V="{VERSION_DOMAINE}"/>{info}</{entete}>')
        for bordereau in bordereaux:
            bloc.ecrire(bordereau, sortie)
            yield sortie.vider()
        sortie.parts.append(f"\n</{racine}>")
    if document.pieces_justificatives:
        sortie.parts.append(f'\n<PES_PJ><EnTetePES_PJ><IdVer V="{VERSION_PJ}"/></EnTetePES_PJ>')
    yield sortie.vider()


def _fin(document: PesAller) -> str:
    return ("\n</PES_PJ>\n" if document.pieces_justificatives else "\n") + FERMANTE


def _cadres(document: PesAller) -> tuple[list[_Cadre], list[Anomalie]]:
    """What stands around each PJ's content, and what is wrong with the PJ."""
    sortie = Ecriture()
    cadres = []
    for pj in document.pieces_justificatives:
        _verifier_contenu(pj, sortie)
        cadres.append(_cadre(pj, sortie))
    return cadres, sortie.anomalies


def _cadre(pj: PieceJustificative, sortie: Ecriture) -> _Cadre:
    PJ.ecrire_membres(pj, sortie)
    mime = escape(pj.mime, {'"': "&quot;"})
    avant = f'\n<PJ><Contenu><Fichier MIMEType="{mime}">'
    return _Cadre(avant, pj, f"</Fichier></Contenu>{sortie.vider()}</PJ>")


def _verifier_contenu(pj: PieceJustificative, sortie: Ecriture) -> None:
    sortie.refs.append(f"PJ {pj.id_unique}")
    sortie.chemin.append("PJ/Contenu")
    try:
        MIME.encode(pj.mime)
    except ZoneError as error:
        sortie.refuser("MIMEType", error.message, pj.mime)
    probleme = _probleme(pj)
    if probleme:
        sortie.refuser("Fichier", probleme, pj.nom, "Joindre ce fichier au dépôt et redéposer.")
    sortie.chemin.pop()
    sortie.refs.pop()


def _probleme(pj: PieceJustificative) -> str:
    """What keeps the PJ's original from being sent; '' when nothing does."""
    if pj.chemin is None:
        return f"la PJ « {pj.nom} » n'a pas de fichier"
    try:
        taille = pj.chemin.stat().st_size
    except OSError as error:
        return f"le fichier « {pj.chemin.name} » est introuvable ou illisible ({error.strerror})"
    return "" if taille else f"le fichier « {pj.chemin.name} » est vide"


def _ecrire_pj(cadre: _Cadre, fichier: FichierNeuf) -> None:
    fichier.ecrire(cadre.avant.encode(JEU))
    chemin = cadre.pj.chemin
    if chemin is not None:  # always so: `_verifier_contenu` has refused the document otherwise
        for piece in base64_gzip(chemin, f"PJ {cadre.pj.id_unique}"):
            fichier.ecrire(piece)
    fichier.ecrire(cadre.apres.encode(JEU))


def _vide(document: PesAller) -> Iterator[Anomalie]:
    if not document.bordereaux and not document.pieces_justificatives:
        yield Anomalie(
            regle="depot.vide",
            ref="en-tête",
            message="le fichier ne porterait ni bordereau ni pièce justificative",
            gravite=Gravite.REJET_FLUX,
            conseil="Déposer au moins un mandat, un titre ou une pièce justificative.",
        )


def _refus(anomalies: Sequence[Anomalie]) -> DocumentError:
    nombre = len(anomalies)
    quoi = "une valeur n'entre" if nombre == 1 else f"{nombre} valeurs n'entrent"
    return DocumentError(
        f"{quoi} pas dans le PES : {anomalies[0].message}",
        ref=anomalies[0].ref,
        anomalies=tuple(anomalies),
    )
