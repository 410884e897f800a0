"""PDFs read by processes of their own: what a page is, and readers that hang, crash or starve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.pj import pdfs
from vaguemestre.pj.pages import Classe, Faute, Genre, Seuils, classer
from vaguemestre.pj.texte import LecteurTexte

SEUILS = Seuils()
TAMPON = b"BT /F1 12 Tf 300 700 Td (Recu le 20/11/2026) Tj ET "
OCR = b"BT 3 Tr /F1 10 Tf 50 780 Td 12 TL " + b"(texte reconnu par la machine) Tj T* " * 8 + b"ET "
BANDES = b"".join(b"q 595 0 0 90 0 %d cm /Im Do Q " % y for y in range(0, 842, 84))
TRACES = b"".join(b"%d %d m %d %d l S " % (x, 9, x, 40) for x in range(50, 350))


@pytest.fixture(scope="module")
def lecteur() -> Iterator[LecteurTexte]:
    with LecteurTexte(processus=1) as ouvert:
        yield ouvert


def classes(lecteur: LecteurTexte, pdf: bytes) -> list[Classe]:
    pages = lecteur.pages(pdf)
    assert not isinstance(pages, Faute), pages
    return [classer(page, SEUILS) for page in pages]


@pytest.mark.parametrize(
    ("contenu", "classe"),
    [
        (pdfs.TEXTE, Classe.TEXTE),
        (pdfs.PLEINE, Classe.SCAN),
        (pdfs.PLEINE + TAMPON, Classe.SCAN),
        (pdfs.PLEINE + OCR, Classe.SCAN_OCR),
        (pdfs.PLEINE + pdfs.TEXTE, Classe.TEXTE),
        (BANDES, Classe.SCAN),
        (b"/Fm Do", Classe.SCAN),
        (b"q 0.5 0 0 0.5 0 0 cm /Fm Do Q", Classe.SCAN),
        (b"q 100 0 0 50 40 760 cm /Im Do Q " + pdfs.TEXTE, Classe.TEXTE),
        (b"q 30 0 0 30 40 760 cm /Im Do Q ", Classe.VIDE),
        (TRACES, Classe.VECTORIEL),
        (b"BT /F1 12 Tf 50 700 Td (p. 1) Tj ET", Classe.COURT),
        (b"", Classe.VIDE),
    ],
)
def test_une_page(lecteur: LecteurTexte, contenu: bytes, classe: Classe) -> None:
    assert classes(lecteur, pdfs.page(contenu)) == [classe]


def test_image_en_partie_hors_de_la_page_et_page_tournee(lecteur: LecteurTexte) -> None:
    dehors = pdfs.page(b"q 595 0 0 842 500 0 cm /Im Do Q ")
    (page,) = lecteur.lire(dehors, texte=True, structure=False).pages
    assert 0.1 < page.image < 0.2
    assert classes(lecteur, pdfs.page(pdfs.PLEINE, plus=b"/Rotate 90")) == [Classe.SCAN]
    assert classes(lecteur, pdfs.page(b"q 0 842 -595 0 595 0 cm /Im Do Q ")) == [Classe.SCAN]


def test_texte_d_un_formulaire_rempli(lecteur: LecteurTexte) -> None:
    champ = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /Rect [50 700 500 780] /F 4"
        b" /AP << /N 9 0 R >> >>"
    )
    vue = pdfs.flux(
        b"BT /F1 11 Tf 5 20 Td (Nom du debiteur et adresse remplis au clavier) Tj ET",
        b"/Type /XObject /Subtype /Form /BBox [0 0 450 80] /Resources << /Font << /F1 5 0 R >> >>",
    )
    assert classes(lecteur, pdfs.page(b"", champ, vue, plus=b"/Annots [8 0 R]")) == [Classe.TEXTE]


def test_plusieurs_pages_et_bornes(tmp_path: Path) -> None:
    mele = pdfs.plusieurs(pdfs.TEXTE, pdfs.PLEINE, b"", pdfs.TEXTE)
    (tmp_path / "m.pdf").write_bytes(mele)
    with LecteurTexte(processus=1, pages_max=3, objets_max=2) as lecteur:
        lu = lecteur.lire(tmp_path / "m.pdf", texte=True, structure=True)
        assert lu.nombre == 4
        assert [page.numero for page in lu.pages] == [1, 2, 3]
        assert lu.structure is not None
        assert lu.structure.pages == 4
        assert lu.ms > 0
        (chargee,) = lecteur.lire(pdfs.page(TRACES), texte=True, structure=False).pages
        assert not chargee.complete
        assert chargee.traces == 2
        sans = lecteur.lire(mele, texte=False, structure=False)
        assert (sans.nombre, sans.pages, sans.structure) == (4, (), None)


@pytest.mark.parametrize(
    ("octets", "genre"),
    [
        (b"", Genre.ILLISIBLE),
        (b"%PDF-1.4\n", Genre.ILLISIBLE),
        (b"<html>pas un PDF</html>", Genre.ILLISIBLE),
        (pdfs.SAIN[:300], Genre.ILLISIBLE),
        (pdfs.CHIFFRE, Genre.MOT_DE_PASSE),
    ],
)
def test_ce_qui_ne_s_ouvre_pas(lecteur: LecteurTexte, octets: bytes, genre: Genre) -> None:
    faute = lecteur.pages(octets)
    assert isinstance(faute, Faute)
    assert faute.genre is genre
    assert faute.page == 0


def test_sans_page_et_pages_qui_se_mordent_la_queue(lecteur: LecteurTexte) -> None:
    assert lecteur.lire(pdfs.SANS_PAGE, texte=True, structure=True).nombre == 0
    boucle = lecteur.lire(pdfs.PAGES_EN_BOUCLE, texte=True, structure=True)
    assert boucle.structure is not None
    assert boucle.structure.faute
    assert all(not page.complete for page in boucle.pages)


def test_un_pdf_sans_fin_est_arrete_et_les_autres_sont_lus() -> None:
    with LecteurTexte(processus=1, delai=1.5, delai_total=3.0) as lecteur:
        assert classes(lecteur, pdfs.SAIN) == [Classe.TEXTE]
        lu = lecteur.lire(pdfs.SANS_FIN, texte=True, structure=True)
        assert lu.faute == Faute(Genre.DELAI, "le lecteur PDF ne répond plus", 1)
        assert lu.structure is not None
        assert classes(lecteur, pdfs.SAIN) == [Classe.TEXTE]


def test_une_bombe_ne_depasse_ni_sa_memoire_ni_son_delai() -> None:
    with LecteurTexte(processus=1, delai=20, memoire=400 << 20) as lecteur:
        faute = lecteur.pages(pdfs.bombe_de_formulaires())
        assert isinstance(faute, Faute)
        assert faute.genre in (Genre.ARRET, Genre.MEMOIRE, Genre.DELAI)
        assert classes(lecteur, pdfs.SAIN) == [Classe.TEXTE]


SCRIPTS = {
    "curieux": "import os; raise SystemExit(9 if 'PYTEST_CURRENT_TEST' in os.environ else 3)",
    "muet": "import time; time.sleep(60)",
    "mort": "raise SystemExit(3)",
    "mi-chemin": (
        "import sys\n"
        'sys.stdout.write(\'{"pret": true}\\n{"nombre": 2}\\n\'); sys.stdout.flush()\n'
        "sys.stdin.readline(); sys.exit(7)\n"
    ),
}


@pytest.mark.parametrize(
    ("script", "genre", "page", "patience"),
    [
        ("mort", Genre.ARRET, 0, 60),
        ("mi-chemin", Genre.ARRET, 1, 60),
        ("muet", Genre.DELAI, 0, 0.5),
    ],
)
def test_un_lecteur_defaillant(
    tmp_path: Path, script: str, genre: Genre, page: int, patience: float
) -> None:
    chemin = tmp_path / "lecteur.py"
    chemin.write_text(SCRIPTS[script], "utf-8")
    with LecteurTexte(processus=1, delai=patience, demarrage=patience, script=chemin) as lecteur:
        faute = lecteur.pages(pdfs.SAIN)
    assert isinstance(faute, Faute)
    assert (faute.genre, faute.page) == (genre, page)
    assert faute.detail


def test_un_lecteur_ne_voit_pas_les_secrets_de_l_environnement(tmp_path: Path) -> None:
    chemin = tmp_path / "lecteur.py"
    chemin.write_text(SCRIPTS["curieux"], "utf-8")
    with LecteurTexte(processus=1, script=chemin) as lecteur:
        assert lecteur.pages(pdfs.SAIN) == Faute(
            Genre.ARRET, "le lecteur PDF s'est arrêté (code 3)", 0
        )


def test_un_lecteur_qui_ne_lit_pas_sa_demande(tmp_path: Path) -> None:
    chemin = tmp_path / "lecteur.py"
    chemin.write_text("print('{\"pret\": true}', flush=True)\nimport time; time.sleep(60)", "utf-8")
    with LecteurTexte(processus=1, delai_total=0.5, script=chemin) as lecteur:
        faute = lecteur.pages(b"%PDF-1.4\n" + b" " * 1_000_000)
    assert isinstance(faute, Faute)
    assert faute.genre is Genre.DELAI


def test_en_meme_temps_et_releve_des_lecteurs() -> None:
    with LecteurTexte(processus=2, usage=2) as lecteur:
        futurs = [
            lecteur.soumettre(pdf, texte=True, structure=False)
            for pdf in [pdfs.SAIN, pdfs.SCAN, b"rien"] * 4
        ]
        vus = [futur.result() for futur in futurs]
    assert [vu.faute is not None for vu in vus] == [False, False, True] * 4
    assert [classer(vu.pages[0], SEUILS) for vu in vus[:2]] == [Classe.TEXTE, Classe.SCAN]


def test_plus_rien_apres_la_fermeture() -> None:
    lecteur = LecteurTexte(processus=1)
    lecteur.fermer()
    for _ in range(3):
        with pytest.raises(RuntimeError):
            lecteur.soumettre(pdfs.SAIN, texte=True, structure=False)
