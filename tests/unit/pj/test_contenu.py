"""The structure of PDFs, from their plain bytes or by a reader; the bytes as they come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.pj import pdfs
from vaguemestre.pj.contenu import EN_MEMOIRE, Recueil, vue_directe, vue_du_pdf
from vaguemestre.pj.pages import Structure
from vaguemestre.pj.texte import LecteurTexte

SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
CACHE = b"<< /S /J#61vaScript /J#53 (app.alert\\(1\\)) >>"
JOINT = b"<< /Type /Filespec /F (plan.dwg) /UF (plan\x01.dwg) /EF << /F 4 0 R >> >>"
XMP = pdfs.flux(
    b"<x:xmpmeta><pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
    b"</x:xmpmeta>",
    b"/Type /Metadata /Subtype /XML",
)


@pytest.fixture(scope="module")
def lecteur() -> Iterator[LecteurTexte]:
    with LecteurTexte(processus=1) as ouvert:
        yield ouvert


def lue(lecteur: LecteurTexte, pdf: bytes) -> Structure:
    structure = lecteur.lire(pdf, texte=False, structure=True).structure
    assert structure is not None
    return structure


def test_un_pdf_en_clair_se_lit_sans_lecteur(lecteur: LecteurTexte) -> None:
    signe = pdfs.page(pdfs.TEXTE, b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>")
    pdfa = pdfs.page(pdfs.TEXTE, XMP).replace(
        b"/Type /Catalog /Pages", b"/Type /Catalog /Metadata 8 0 R /Pages", 1
    )
    assert vue_directe(pdfs.SAIN) == Structure(pages=1) == lue(lecteur, pdfs.SAIN)
    assert vue_directe(signe) == Structure(pages=1, signatures=1) == lue(lecteur, signe)
    assert lue(lecteur, pdfa).pdfa == "3B"
    assert vue_directe(pdfs.plusieurs(b"", b"", b"")) == Structure(pages=3)


@pytest.mark.parametrize("objet", [XMP, XMP.replace(b">3<", b"> 3<")])
def test_pdfa_est_ce_que_le_fichier_declare(objet: bytes) -> None:
    directe = vue_directe(pdfs.page(pdfs.TEXTE, objet))
    assert directe is not None
    assert directe.pdfa == "3B"


@pytest.mark.parametrize("script", [SCRIPT, CACHE])
def test_script_dit_cache_ou_compresse(lecteur: LecteurTexte, script: bytes) -> None:
    for pdf in (pdfs.page(pdfs.TEXTE, script), pdfs.compresse(script)):
        assert vue_directe(pdf) is None
        assert lue(lecteur, pdf).scripts
    assert not lue(lecteur, pdfs.compresse(b"<< /S /GoTo >>")).scripts


def test_actions_fichiers_joints_et_xfa(lecteur: LecteurTexte) -> None:
    pdf = pdfs.compresse(
        b"<< /S /Launch /F (calc.exe) >>", JOINT, b"<< /XFA [(a) 4 0 R] >>", b"[[<< /S /GoToR >>]]"
    )
    vue = lue(lecteur, pdf)
    assert vue.actions == ("GoToR", "Launch")
    assert vue.jointes == ("plan.dwg",)
    assert vue.xfa


@pytest.mark.parametrize(
    "pdf",
    [
        pdfs.CHIFFRE,
        pdfs.compresse(b"<< >>"),
        pdfs.page(pdfs.TEXTE, b"<< /#4cau#6Ech 1 >>"),
        pdfs.page(pdfs.TEXTE, b"<</S/JavaScript/JS(1)>>"),
        pdfs.page(pdfs.TEXTE, b"<</EF<</F 4 0 R>>>>"),
        pdfs.SAIN.replace(b"/Type /Page /Parent", b"/Type /P#61ge /Parent"),
    ],
)
def test_ce_que_les_octets_seuls_ne_disent_pas(pdf: bytes) -> None:
    assert vue_directe(pdf) is None


@pytest.mark.parametrize(
    ("pdf", "pages", "faute"),
    [
        (pdfs.SANS_PAGE, 0, False),
        (pdfs.SAIN.replace(b"startxref", b"startxyef"), 1, False),
        (pdfs.SAIN.replace(b"\n%%EOF", b"9\n%%EOF"), 1, True),
        (b"%PDF-1.4", 0, False),
        (b"%PDF-1.4\nstartxref\n999999999999\n%%EOF", 0, True),
        (b"", 0, False),
    ],
)
def test_un_pdf_abime_se_voit_sans_lecteur(pdf: bytes, pages: int, faute: bool) -> None:
    vue = vue_directe(pdf)
    assert vue is not None
    assert (vue.pages, bool(vue.faute)) == (pages, faute)


def test_un_nom_echappe_sans_danger_ou_trop_long() -> None:
    autre = pdfs.page(pdfs.TEXTE, b"<< /A#61 1 /JSON 2 /Launcher 3 >>")
    assert vue_directe(autre) == Structure(pages=1)


def test_octets_devant_l_entete() -> None:
    assert vue_directe(b"bruit\n" + pdfs.SAIN) == Structure(pages=1)


def test_objets_qui_se_mordent_la_queue(lecteur: LecteurTexte) -> None:
    profond = pdfs.page(pdfs.TEXTE, b"[" * 200_000 + b"]" * 200_000, SCRIPT)
    assert lue(lecteur, profond).faute


@given(st.binary(max_size=4000), st.integers(1, 600))
def test_les_octets_arrivent_par_morceaux(octets: bytes, pas: int) -> None:
    pdf = b"%PDF-1.4\n" + octets
    recueil, autre = Recueil(), Recueil()
    for debut in range(0, len(pdf), pas):
        recueil.feed(pdf[debut : debut + pas])
        autre.feed(b"\0" + pdf[debut : debut + pas].replace(b"%PDF-", b"xxxxx"))
    assert recueil.pdf == pdf
    assert autre.pdf is None
    recueil.vider()
    assert recueil.pdf is None


def test_un_grand_pdf_attend_sur_disque(lecteur: LecteurTexte) -> None:
    gros = pdfs.page(pdfs.TEXTE, pdfs.flux(b"\0" * (2 * EN_MEMOIRE)))
    recueil = Recueil()
    for debut in range(0, len(gros), 1 << 20):
        recueil.feed(gros[debut : debut + (1 << 20)])
    chemin = recueil.pdf
    assert isinstance(chemin, Path)
    assert chemin.read_bytes() == gros
    assert vue_du_pdf(chemin) == Structure(pages=1)
    assert len(lecteur.lire(chemin, texte=True, structure=False).pages) == 1
    recueil.vider()
    assert not chemin.exists()


def test_un_recueil_abandonne_ne_laisse_rien_sur_disque() -> None:
    recueil = Recueil()
    recueil.feed(b"%PDF-1.4" + b"\0" * (EN_MEMOIRE + 1))
    chemin = recueil.pdf
    assert isinstance(chemin, Path)
    del recueil
    assert not chemin.parent.exists()
