"""What a reading of a PDF makes of a PJ: the findings `pj.pdf.*`, in words for a clerk."""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.domain.declaration import Derogation
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.formats.examen_pj import PjLue
from vaguemestre.pj.pages import (
    Classe,
    Faute,
    Genre,
    Lecture,
    PageVue,
    Seuils,
    Structure,
    classer,
    suites,
)

_REENREGISTRER = "Ouvrir le document d'origine, le réenregistrer en PDF et le joindre de nouveau."
_NUMERISER = (
    "Joindre le PDF d'origine du logiciel, ou renumériser avec reconnaissance de texte ; si le"
    " comptable l'admet, déclarer une dérogation (pj_derogation et pj_derogation_auteur)."
)
_FAUTES = {
    Genre.MOT_DE_PASSE: (
        "pj.pdf.chiffre",
        Gravite.REJET_PJ,
        "Enlever le mot de passe, puis joindre le document de nouveau.",
    ),
    Genre.ILLISIBLE: ("pj.pdf.illisible", Gravite.REJET_PJ, _REENREGISTRER),
    Genre.ABSENT: (
        "pj.pdf.non_lu",
        Gravite.AVERTISSEMENT,
        "L'exploitant installe vaguemestre avec ses lecteurs PDF (pypdf et pypdfium2).",
    ),
}
_AUTRE_FAUTE = ("pj.pdf.non_lu", Gravite.AVERTISSEMENT, _REENREGISTRER)


def constat(
    regle: str, pj: PjLue, message: str, conseil: str, gravite: Gravite = Gravite.AVERTISSEMENT
) -> Anomalie:
    """A finding with the place of a PJ in its PES."""
    return Anomalie(
        regle,
        pj.ref,
        f"{pj.nom or pj.id_unique} : {message}",
        gravite,
        ligne=pj.ligne,
        chemin=pj.chemin,
        conseil=conseil,
    )


def de_la_lecture(
    pj: PjLue,
    lecture: Lecture,
    seuils: Seuils,
    *,
    scan: Gravite,
    exiger: bool,
    derogation: Derogation | None,
) -> Iterator[Anomalie]:
    """Everything that one reading says. `scan`: gravity of a page without any readable text.

    `exiger`: the text is asked for, so a PDF that opens for nobody, or has no page, blocks; else
    it is a warning, for no text says that Hélios opens PDFs. A document that came with a waiver
    is told with it, and does not block for being a scan.
    """
    ferme = Gravite.REJET_PJ if exiger else Gravite.AVERTISSEMENT
    if lecture.faute is not None:
        yield _faute(pj, lecture.faute, ferme)
    if lecture.structure is not None:
        yield from de_la_structure(pj, lecture.structure, lecture)
    if lecture.nombre == 0:
        yield constat("pj.pdf.sans_page", pj, "le PDF n'a aucune page", _REENREGISTRER, ferme)
    if lecture.pages:
        yield from _pages(pj, lecture, seuils, scan, derogation)


def _faute(pj: PjLue, faute: Faute, ferme: Gravite) -> Anomalie:
    regle, gravite, conseil = _FAUTES.get(faute.genre, _AUTRE_FAUTE)
    if faute.genre is Genre.ILLISIBLE:
        gravite = ferme
    ou = f" (page {faute.page})" if faute.page else ""
    return constat(regle, pj, f"{faute.detail}{ou}", conseil, gravite)


def de_la_structure(
    pj: PjLue, vue: Structure, lecture: Lecture | None = None
) -> Iterator[Anomalie]:
    """Encryption, scripts, actions, embedded files; none of them blocks by itself."""
    ouvert = lecture is None or lecture.faute is None
    vrais = {
        "protege": vue.chiffre and ouvert,
        "script": vue.scripts,
        "action": bool(vue.actions),
        "jointes": bool(vue.jointes),
        "xfa": vue.xfa,
        "fragile": bool(vue.faute) and ouvert,
    }
    mots = {
        "actions": ", ".join(vue.actions),
        "jointes": ", ".join(vue.jointes),
        "faute": vue.faute,
    }
    for quoi, (message, conseil) in _STRUCTURE.items():
        if vrais[quoi]:
            yield constat(f"pj.pdf.{quoi}", pj, message.format(**mots), conseil)


_IMPRIMER = "Imprimer le document en PDF : un justificatif n'exécute rien."
_STRUCTURE = {
    "protege": (
        "le PDF est protégé : il s'ouvre sans mot de passe mais s'archive mal",
        "Enregistrer le document sans protection.",
    ),
    "script": ("le PDF contient du JavaScript", _IMPRIMER),
    "action": ("le PDF déclenche des actions ({actions})", _IMPRIMER),
    "jointes": (
        "le PDF contient des fichiers joints : {jointes}",
        "Normal pour une facture Factur-X ; sinon joindre ces fichiers comme des PJ à part.",
    ),
    "xfa": (
        "le PDF est un formulaire XFA, que la plupart des lecteurs montrent vide",
        "Imprimer le formulaire rempli en PDF.",
    ),
    "fragile": ("la structure du PDF a une faute ({faute})", _REENREGISTRER),
}


def _pages(
    pj: PjLue,
    lecture: Lecture,
    seuils: Seuils,
    scan: Gravite,
    derogation: Derogation | None,
) -> Iterator[Anomalie]:
    classes: dict[Classe, list[PageVue]] = {}
    for page in lecture.pages:
        if page.complete or page.caracteres:
            classes.setdefault(classer(page, seuils), []).append(page)
    yield from _sans_texte(pj, classes, scan, derogation)
    perdus = [p for p in classes.get(Classe.TEXTE, []) if p.accents_perdus(seuils)]
    partielles = [page for page in lecture.pages if not page.complete]
    for regle, pages, message, conseil in (
        ("scan_ocr", classes.get(Classe.SCAN_OCR, []), _OCR, _OCR_CONSEIL),
        ("accents", perdus, _ACCENTS, _ACCENTS_CONSEIL),
        ("partiel", partielles, _PARTIEL, _REENREGISTRER),
    ):
        if pages:
            yield constat(f"pj.pdf.{regle}", pj, f"{_ou(pages)} : {message}", conseil)
    if lecture.nombre is not None and len(lecture.pages) < lecture.nombre and not lecture.faute:
        yield constat(
            "pj.pdf.pages",
            pj,
            f"{len(lecture.pages)} pages lues sur {lecture.nombre} : le texte des autres n'est"
            " pas contrôlé",
            "Réduire le document, ou relever pages_max dans [pj].",
        )


_OCR = "image d'un papier avec un texte reconnu par machine (OCR)"
_OCR_CONSEIL = "Admis : le texte est lisible. Vérifier que la reconnaissance est bonne."
_ACCENTS = "des caractères du texte ne se lisent pas (accents perdus ?)"
_ACCENTS_CONSEIL = "Réexporter le PDF avec ses polices et leur table Unicode."
_PARTIEL = "page illisible, ou trop chargée pour être regardée en entier"
_SANS_TEXTE = (
    (
        "scan",
        Classe.SCAN,
        "page scannée : une image sans texte lisible (accord local 1.4 : « numérisées et pas"
        " scannées »)",
    ),
    ("illisible_texte", Classe.ILLISIBLE, "le texte ne se lit pas : police sans table Unicode"),
    ("vectoriel", Classe.VECTORIEL, "le texte a été transformé en tracés, il ne se lit plus"),
    ("sans_texte", Classe.VIDE, "aucune page ne porte de texte lisible"),
)


def _sans_texte(
    pj: PjLue,
    classes: dict[Classe, list[PageVue]],
    scan: Gravite,
    derogation: Derogation | None,
) -> Iterator[Anomalie]:
    """Pages whose text a machine cannot read; a waiver covers them all."""
    for nom, classe, message in _SANS_TEXTE:
        pages = classes.get(classe, [])
        # A blank verso says nothing; a document that is nothing but blank does.
        if not pages or (classe is Classe.VIDE and len(classes) > 1):
            continue
        regle, ou = f"pj.pdf.{nom}", _ou(pages)
        if derogation is None:
            gravite = scan if classe is Classe.SCAN else Gravite.AVERTISSEMENT
            yield constat(regle, pj, f"{ou} : {message}", _NUMERISER, gravite)
        else:
            yield constat(
                f"{regle}.derogation",
                pj,
                f"{ou} : {message} ; admis par dérogation de {derogation.auteur} :"
                f" {derogation.motif}",
                "Rien à faire : la dérogation est inscrite au rapport et au journal.",
            )


def _ou(pages: list[PageVue]) -> str:
    numeros = [page.numero for page in pages]
    return f"page{'s' if len(numeros) > 1 else ''} {suites(numeros)}"
