"""Rules of the PJ: links, names, what the content really is (pes.md §5.3, §5.7, §8, §13 14-15)."""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.pes.contenu import DOUTE, FORMATS, MIMES
from vaguemestre.pes.faits import FichierFaits, Noeud, PjFaits, entier
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, Confiance, Constat, F, P, Regle, regle

_ELECTRONIQUE = "01"
_DOUTE = frozenset({DOUTE})
_SUPPORTS = {"02": "papier", "03": "cd ou dvd"}
_REJOINDRE = "Joindre de nouveau le document d'origine."


def _fichier(pj: PjFaits) -> Noeud:
    """Where its content stands; the PJ itself when it has none."""
    contenu = pj.noeud.bloc("Contenu")
    return (contenu.bloc("Fichier") if contenu is not None else None) or pj.noeud


@regle("xsd.fichier.base64", F, "xs:base64Binary ; pes.md §1.9", si=_DOUTE)
def base64_strict(pj: PjFaits) -> Iterator[Constat]:
    """The text of Fichier is strict base64 (libxml2 lets stray characters pass)."""
    if pj.contenu.base64:
        yield Constat(
            _fichier(pj),
            "",
            f"le contenu de la pièce n'est pas du base64 : {pj.contenu.base64}",
            _REJOINDRE,
        )


@regle("pj.vide", P, "pes.md §5.7 (Fichier)", si=_DOUTE)
def contenu_vide(pj: PjFaits) -> Iterator[Constat]:
    """Fichier is not empty, nor the document inside."""
    if pj.contenu.vide or (pj.contenu.ouvert and not pj.contenu.taille):
        yield Constat(_fichier(pj), "", "la pièce justificative est vide", _REJOINDRE)


@regle("pj.gzip", P, "pes.md §8.1, §13 ligne 15", si=_DOUTE)
def gzip_lisible(pj: PjFaits) -> Iterator[Constat]:
    """The content is a gzip whose length and CRC are right."""
    if pj.contenu.gzip:
        yield Constat(_fichier(pj), "", f"le contenu de la pièce {pj.contenu.gzip}", _REJOINDRE)


@regle("pj.abimee", A, "pes.md §5.7 (« lisible », effet non dit)", Confiance.INFERE, si=_DOUTE)
def document_lisible(pj: PjFaits) -> Iterator[Constat]:
    """The document inside can be opened: PDF with its end, well-formed XML, whole archive."""
    if pj.contenu.defaut and pj.contenu.ouvert:
        yield Constat(
            _fichier(pj),
            "",
            f"le document est illisible : {pj.contenu.defaut}",
            "Ouvrir le document d'origine, le réenregistrer et le joindre de nouveau.",
        )


@regle("pj.fragile", A, "pes.md §8.1", Confiance.INFERE, si=_DOUTE)
def document_fragile(pj: PjFaits) -> Iterator[Constat]:
    """A PDF without its object table opens in most readers, not in all."""
    if pj.contenu.reserve and pj.contenu.ouvert:
        yield Constat(
            _fichier(pj),
            "",
            f"le document s'ouvre peut-être mal : {pj.contenu.reserve}",
            "Réenregistrer le document d'origine avant de le joindre.",
        )


@regle("pj.mime", P, "pes.md §8.1, §13 ligne 15")
def type_mime(pj: PjFaits) -> Iterator[Constat]:
    """MIMEType is that of the original document."""
    natures = MIMES.get((pj.mime or "").strip().lower())
    if not pj.contenu.ouvert or not pj.contenu.taille or natures is None:
        return
    if pj.contenu.nature not in natures:
        yield Constat(
            _fichier(pj),
            "",
            f"la pièce est annoncée comme {pj.mime} ; son contenu est {_nommer(pj)}",
            "Joindre le bon document, ou corriger son type.",
            valeur=pj.mime,
        )


def _nommer(pj: PjFaits) -> str:
    return pj.contenu.nature or "d'un type inconnu"


@regle("pj.mime.inconnu", A, "pes.md §8.1", Confiance.INFERE)
def type_mime_inconnu(pj: PjFaits) -> Iterator[Constat]:
    """A MIMEType that we do not know cannot be compared with the content."""
    if pj.mime is not None and pj.mime.strip().lower() not in MIMES:
        yield Constat(
            _fichier(pj),
            "",
            f"le type « {pj.mime} » n'est pas vérifié ici",
            "Vérifier que le comptable peut ouvrir ce type de document.",
            valeur=pj.mime,
        )


@regle("pj.extension", P, "pes.md §5.7 (NomPJ), §13 ligne 15")
def extension(pj: PjFaits) -> Iterator[Constat]:
    """The extension of NomPJ is that of the content."""
    attendu = FORMATS.get(pj.extension)
    if not pj.contenu.ouvert or not pj.contenu.taille or attendu is None:
        return
    if pj.contenu.nature not in attendu.natures:
        yield Constat(
            pj.noeud,
            "NomPJ",
            f"le nom « {pj.noeud.v('NomPJ')} » annonce un fichier {pj.extension} ; "
            f"le contenu est {_nommer(pj)}",
            "Joindre le bon document, ou corriger son extension.",
        )


@regle("pj.extension.mime", A, "pes.md §5.7, §8.1", Confiance.INFERE)
def extension_et_mime(pj: PjFaits) -> Iterator[Constat]:
    """The extension of NomPJ and the MIMEType say the same."""
    attendu, mime = FORMATS.get(pj.extension), (pj.mime or "").strip().lower()
    if attendu is not None and mime in MIMES and mime not in attendu.mimes:
        yield Constat(
            pj.noeud,
            "NomPJ",
            f"l'extension « {pj.extension} » ne va pas avec le type {mime}",
            "Corriger l'extension ou le type du document.",
        )


@regle("pj.typepj", P, "pes.md §8.6, §13 ligne 15", si="RefCompta")
def type_et_domaine(pj: PjFaits) -> Iterator[Constat]:
    """TypePJ fits RefCompta/Domaine; 03, 05 and 07 to 09 pass the schema but not the rule."""
    type_pj = pj.noeud.v("TypePJ")
    for reference in pj.references:
        domaine = reference.v("Domaine")
        if domaine is None:
            continue
        permis = codes.TYPES_PJ.get(domaine)
        if permis is None:
            yield Constat(
                reference,
                "Domaine",
                f"le domaine {domaine} n'est pas admis pour une pièce justificative",
                "Choisir 01 dépense, 02 recette, 04 budget ou 06 marché.",
            )
        elif type_pj is not None and type_pj not in permis:
            yield Constat(
                pj.noeud,
                "TypePJ",
                f"le type de pièce {type_pj} ne va pas avec le domaine {domaine} "
                f"(admis : {', '.join(sorted(permis))})",
                "Corriger le type de la pièce ou le domaine visé.",
            )


@regle("pj.refcompta", P, "pes.md §5.7 (RefCompta)")
def reference_exigee(pj: PjFaits) -> Iterator[Constat]:
    """RefCompta is mandatory for TypePJ 012 and 013."""
    if pj.noeud.v("TypePJ") in codes.TYPES_AVEC_REFCOMPTA and not pj.references:
        yield Constat(
            pj.noeud,
            "TypePJ",
            f"une pièce de type {pj.noeud.v('TypePJ')} doit viser un objet comptable (RefCompta)",
            "Renseigner RefCompta : domaine, exercice, type et identifiant.",
        )


@regle("pj.refcompta.identifiant", P, "pes.md §5.7 (Identifiant)", si="RefCompta")
def identifiant_vise(pj: PjFaits) -> Iterator[Constat]:
    """RefCompta names the thing it refers to."""
    for reference in pj.references:
        if not reference.v("Identifiant"):
            yield Constat(
                reference,
                "Identifiant",
                "la référence comptable de la pièce n'a pas d'identifiant",
                "Renseigner le numéro du mandat, du titre, de la décision ou du marché.",
            )


@regle(
    "pj.refcompta.complement",
    A,
    "pes.md §5.7 (ComplementIdentifiant)",
    Confiance.INFERE,
    si="RefCompta",
)
def ligne_visee(pj: PjFaits) -> Iterator[Constat]:
    """ComplementIdentifiant is an IdLigne, 1 or more (dépense and recette)."""
    for reference in pj.references:
        complement = reference.v("ComplementIdentifiant")
        if complement and reference.v("Domaine") in {"01", "02"} and not entier(complement):
            yield Constat(
                reference,
                "ComplementIdentifiant",
                f"« {complement} » n'est pas un numéro de ligne",
                "Renseigner le numéro de la ligne visée, 1 ou plus, ou le retirer.",
            )


@regle("pj.double", P, "pes.md §5.7 (IdUnique), §13 ligne 14")
def pj_double(f: FichierFaits) -> Iterator[Constat]:
    """Two PJ of one file never carry the same IdUnique."""
    vus: set[str] = set()
    for pj in f.pjs:
        if pj.id_unique and pj.id_unique in vus:
            yield Constat(
                pj.noeud,
                "IdUnique",
                f"deux pièces justificatives portent l'identifiant {pj.id_unique}",
                "Donner un identifiant propre à chaque pièce, ou retirer le doublon.",
            )
        vus.add(pj.id_unique)


@regle("pj.orpheline", P, "pes.md §8.5, §13 ligne 14")
def pj_orpheline(f: FichierFaits) -> Iterator[Constat]:
    """A PJ is named by a PJRef of the file or says itself, by RefCompta, what it goes with."""
    citees = {reference.id_unique for reference in f.references}
    for pj in f.pjs:
        if pj.id_unique and pj.id_unique not in citees and not pj.references:
            yield Constat(
                pj.noeud,
                "IdUnique",
                "la pièce justificative n'est citée par aucune pièce comptable",
                "La citer (PJRef) dans un mandat ou un titre, ou renseigner RefCompta.",
            )


@regle("pj.support", F, "pes.md §5.3 (Support 02, 03), §13 ligne 14")
def support_materiel(f: FichierFaits) -> Iterator[Constat]:
    """Support 02 (paper) and 03 (cd, dvd) forbid a PJ block of that IdUnique."""
    presentes = {pj.id_unique for pj in f.pjs}
    for reference in f.references:
        if reference.support in _SUPPORTS and reference.id_unique in presentes:
            yield Constat(
                reference.noeud,
                "Support",
                f"la pièce est annoncée sur {_SUPPORTS[reference.support]} et jointe au fichier",
                f"Mettre le support à {_ELECTRONIQUE}, ou retirer la pièce du fichier.",
            )


REGLES: tuple[Regle[PjFaits], ...] = (
    base64_strict,
    contenu_vide,
    gzip_lisible,
    document_lisible,
    document_fragile,
    type_mime,
    type_mime_inconnu,
    extension,
    extension_et_mime,
    type_et_domaine,
    reference_exigee,
    identifiant_vise,
    ligne_visee,
)
REGLES_FICHIER: tuple[Regle[FichierFaits], ...] = (pj_double, pj_orpheline, support_materiel)
