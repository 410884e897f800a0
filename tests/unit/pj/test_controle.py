"""The PJ of one file against the agreement: what is said, with what gravity, in what order."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

from tests.unit.pj import pdfs
from vaguemestre.domain.declaration import DeclarationPj, Derogation
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.formats.examen_pj import PjLue
from vaguemestre.formats.motif_nom import compiler
from vaguemestre.pj.controle import TOUTES, Conditions, ControlePj
from vaguemestre.pj.pages import Faute, Genre, Lecture, PageVue, Structure

TEXTE = PageVue(numero=1, caracteres=500, lettres=400)
SCAN = PageVue(numero=2, image=1.0)
P, A = Gravite.REJET_PJ, Gravite.AVERTISSEMENT


class LecteurEcrit:
    """Answers what it was told to, and remembers what it was asked."""

    def __init__(self, lecture: Lecture) -> None:
        self.lecture = lecture
        self.demandes: list[tuple[bytes | Path, bool, bool]] = []

    def lire(self, pdf: bytes | Path, *, texte: bool, structure: bool) -> Lecture:
        self.demandes.append((pdf, texte, structure))
        return self.lecture

    def soumettre(self, pdf: bytes | Path, *, texte: bool, structure: bool) -> Future[Lecture]:
        futur: Future[Lecture] = Future()
        futur.set_result(self.lire(pdf, texte=texte, structure=structure))
        return futur


def pj(nom: str = "f.pdf", id_unique: str = "A1", **plus: str) -> PjLue:
    return PjLue(
        id_unique=id_unique,
        nom=nom,
        type=plus.get("type"),
        nature=plus.get("nature", "pdf"),
        ref=f"PJ {id_unique}",
        ligne=12,
        chemin="/n:PES_Aller/PES_PJ/PJ[1]",
    )


def controler(
    conditions: Conditions, lecteur: LecteurEcrit, *pieces: PjLue, octets: bytes = pdfs.SAIN
) -> list[Anomalie]:
    controle = ControlePj(conditions, lecteur)
    for une in pieces:
        recueil = controle.ouvrir()
        if recueil is not None:
            recueil.feed(octets)
        controle.juger(recueil, une)
    trouvees = controle.conclure()
    assert all(a.message and a.conseil and a.regle.startswith("pj.") for a in trouvees)
    assert all(a.ref.startswith("PJ ") for a in trouvees)
    return trouvees


def regles(anomalies: list[Anomalie]) -> list[tuple[str, Gravite]]:
    return [(a.regle, a.gravite) for a in anomalies]


def lu(
    *pages: PageVue,
    nombre: int | None = None,
    structure: Structure | None = None,
    faute: Faute | None = None,
) -> LecteurEcrit:
    nombre = len(pages) if nombre is None and faute is None else nombre
    return LecteurEcrit(
        Lecture(nombre=nombre, pages=pages, structure=structure, faute=faute, ms=1.5)
    )


def test_structure_seule_d_un_pdf_en_clair_ne_derange_pas_de_lecteur() -> None:
    lecteur = lu(TEXTE)
    assert controler(Conditions(texte=False), lecteur, pj()) == []
    assert lecteur.demandes == []
    vide = controler(Conditions(texte=False), lecteur, pj(), octets=pdfs.SANS_PAGE)
    assert regles(vide) == [("pj.pdf.sans_page", A)]
    controler(Conditions(texte=False), lecteur, pj(), octets=pdfs.CHIFFRE)
    controler(Conditions(texte=True), lecteur, pj())
    assert [demande[1:] for demande in lecteur.demandes] == [(False, True), (True, False)]


def test_rien_n_est_recueilli_quand_rien_n_est_demande() -> None:
    assert ControlePj(Conditions(structure=False), lu(TEXTE)).ouvrir() is None
    assert ControlePj(Conditions(texte=True), None).ouvrir() is None


def test_un_autre_fichier_qu_un_pdf_n_est_pas_lu() -> None:
    lecteur = lu(TEXTE)
    assert controler(Conditions(texte=True), lecteur, pj(nature="xml"), octets=b"<a/>") == []
    assert lecteur.demandes == []


def test_scan_refuse_averti_ou_deroge() -> None:
    lecteur = lu(TEXTE, SCAN)
    (refus,) = controler(Conditions(texte=True), lecteur, pj())
    assert (refus.regle, refus.gravite, refus.ligne) == ("pj.pdf.scan", P, 12)
    assert refus.message.startswith("f.pdf : page 2 : page scannée")
    (averti,) = controler(Conditions(texte=True, scan=A), lecteur, pj())
    assert averti.gravite is A
    derogation = Derogation(motif="original perdu", auteur="C. Martin, DAF")
    for cle in ("A1", "f.pdf", TOUTES):
        dites = {cle: DeclarationPj(derogation=derogation)}
        (admis,) = controler(Conditions(texte=True, declarations=dites), lecteur, pj())
        assert (admis.regle, admis.gravite) == ("pj.pdf.scan.derogation", A)
        assert "original perdu" in admis.message
        assert "C. Martin, DAF" in admis.message


def test_une_derogation_ne_couvre_que_le_texte() -> None:
    dites = {TOUTES: DeclarationPj(derogation=Derogation(motif="m", auteur="a"))}
    faute = Faute(Genre.MOT_DE_PASSE, "il faut un mot de passe pour l'ouvrir")
    trouvees = controler(Conditions(texte=True, declarations=dites), lu(faute=faute), pj())
    assert regles(trouvees) == [("pj.pdf.chiffre", P)]


def test_chaque_genre_de_page_a_sa_phrase() -> None:
    pages = (
        PageVue(numero=1, caracteres=900, lettres=700, invisibles=700, image=1.0),
        PageVue(numero=2, caracteres=100, lettres=60, prives=40),
        PageVue(numero=3, traces=900),
        PageVue(numero=4, caracteres=100, lettres=90, controle=5),
        PageVue(numero=5, complete=False),
    )
    trouvees = controler(Conditions(texte=True), lu(*pages, nombre=9), pj())
    assert regles(trouvees) == [
        ("pj.pdf.illisible_texte", A),
        ("pj.pdf.vectoriel", A),
        ("pj.pdf.scan_ocr", A),
        ("pj.pdf.accents", A),
        ("pj.pdf.partiel", A),
        ("pj.pdf.pages", A),
    ]
    assert "5 pages lues sur 9" in trouvees[-1].message


def test_pages_vides() -> None:
    vides = lu(PageVue(numero=1), PageVue(numero=2))
    assert regles(controler(Conditions(texte=True), vides, pj())) == [("pj.pdf.sans_texte", A)]
    verso = lu(TEXTE, PageVue(numero=2))
    assert controler(Conditions(texte=True), verso, pj()) == []


def test_structure_et_fautes() -> None:
    structure = Structure(
        chiffre=True, scripts=True, actions=("Launch",), jointes=("a.xml",), xfa=True
    )
    assert regles(
        controler(Conditions(), lu(structure=structure, nombre=1), pj(), octets=pdfs.CHIFFRE)
    ) == [
        ("pj.pdf.protege", A),
        ("pj.pdf.script", A),
        ("pj.pdf.action", A),
        ("pj.pdf.jointes", A),
        ("pj.pdf.xfa", A),
    ]
    for genre, attendu in {
        Genre.ILLISIBLE: ("pj.pdf.illisible", P),
        Genre.DELAI: ("pj.pdf.non_lu", A),
        Genre.ARRET: ("pj.pdf.non_lu", A),
        Genre.MEMOIRE: ("pj.pdf.non_lu", A),
        Genre.ABSENT: ("pj.pdf.non_lu", A),
    }.items():
        lecteur = lu(faute=Faute(genre, "raison", 3))
        (trouvee,) = controler(Conditions(texte=True), lecteur, pj())
        assert (trouvee.regle, trouvee.gravite) == attendu
        assert "raison (page 3)" in trouvee.message
    assert regles(controler(Conditions(texte=True), lu(), pj())) == [("pj.pdf.sans_page", P)]
    ferme = lu(faute=Faute(Genre.ILLISIBLE, "raison"))
    sans_texte = controler(Conditions(texte=False), ferme, pj(), octets=pdfs.CHIFFRE)
    assert regles(sans_texte) == [("pj.pdf.illisible", A)]
    casse = pdfs.SAIN.replace(b"\n%%EOF", b"9\n%%EOF")
    assert regles(controler(Conditions(), lu(), pj(), octets=casse)) == [("pj.pdf.fragile", A)]


def test_categorie_declaree_ou_reconnue_a_son_nom() -> None:
    motif = compiler("Delib_{numero}_{annee}")
    conditions = Conditions(
        cochees={"facture_depense": ""}, motifs=((motif, "deliberation"),), structure=False
    )
    assert regles(controler(conditions, lu(), pj("Delib_12_2026.pdf"))) == [
        ("pj.categorie.non_cochee", P)
    ]
    assert controler(conditions, lu(), pj("autre.pdf")) == []
    dites = {"Delib_12_2026.pdf": DeclarationPj(categorie="facture_depense")}
    declare = Conditions(
        cochees={"facture_depense": ""},
        motifs=conditions.motifs,
        structure=False,
        declarations=dites,
    )
    assert controler(declare, lu(), pj("Delib_12_2026.pdf")) == []


def test_etats_de_paye_et_leurs_decisions() -> None:
    paye = pj("paye.xml", "P1", nature="xml")
    dites = {"P1": DeclarationPj(categorie="etat_paye")}
    seule = Conditions(structure=False, declarations=dites)
    assert regles(controler(seule, lu(), paye)) == [("pj.categorie.avec", A)]
    dites["Z1"] = DeclarationPj(categorie="decision_rh")
    assert controler(seule, lu(), paye, pj("rh.zip", "Z1", nature="zip")) == []
    assert controler(seule, lu(), paye) == []


def test_certification_du_caractere_executoire() -> None:
    delib, certif = pj("delib.pdf", "D1"), pj("certif.pdf", "C1")
    sans = {"D1": DeclarationPj(categorie="deliberation")}
    avec = {"D1": DeclarationPj(categorie="deliberation", certification="C1")}

    def juger(dites: dict[str, DeclarationPj], *pieces: PjLue, **plus: object) -> object:
        conditions = Conditions(
            hors_competence=frozenset({"deliberation"}),
            declarations=dites,
            **plus,  # type: ignore[arg-type]
        )
        signee = pdfs.page(pdfs.TEXTE, b"<< /Type /Sig /ByteRange [0 1 2 3] >>")
        return regles(controler(conditions, lu(TEXTE), *pieces, octets=signee))

    assert juger(sans, delib) == [("pj.certification", P)]
    assert juger(avec, delib) == [("pj.certification.absente", P)]
    assert juger(avec, delib, connues=frozenset({"C1"})) == []
    assert juger(avec, delib, certif) == []
    assert juger({}, delib) == []
    nue = Conditions(hors_competence=frozenset({"deliberation"}), declarations=avec)
    assert regles(controler(nue, lu(TEXTE), delib, certif)) == [("pj.certification.signature", A)]


def test_bilan_de_ce_que_les_pdf_declarent() -> None:
    xmp = b'<< /Type /Metadata >> <pdfaid:part="3" pdfaid:conformance="b">'
    controle = ControlePj(Conditions(), lu(TEXTE))
    for octets in (pdfs.page(pdfs.TEXTE, xmp), pdfs.SAIN, pdfs.page(pdfs.TEXTE, xmp)):
        recueil = controle.ouvrir()
        assert recueil is not None
        recueil.feed(octets)
        controle.juger(recueil, pj())
    assert controle.conclure() == []
    dit = controle.bilan.as_json()
    assert (dit["documents"], dit["lus"], dit["pdfa"]) == (3, 0, {"3B": 2})
    assert controle.bilan.phrase == "3 PDF (2 déclaré(s) PDF/A-3B, non vérifié)"


def test_bilan() -> None:
    controle = ControlePj(Conditions(texte=True), lu(TEXTE, PageVue(numero=2)))
    for _ in range(3):
        recueil = controle.ouvrir()
        assert recueil is not None
        recueil.feed(pdfs.SAIN)
        controle.juger(recueil, pj())
    controle.conclure()
    assert controle.bilan.as_json() == {
        "documents": 3,
        "lus": 3,
        "pages": 6,
        "ms": 4.5,
        "pdfa": {},
    }
