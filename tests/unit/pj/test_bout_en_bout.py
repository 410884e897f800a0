"""From a deposit or a PES to the verdict, with real readers; signature files pass untouched."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.pj import pdfs
from vaguemestre.cli import main
from vaguemestre.cli.lecteurs import ouvrir_lecteurs
from vaguemestre.config.sections import Configuration
from vaguemestre.pj.pages import LecteurPdf
from vaguemestre.pj.texte import LecteurTexte
from vaguemestre.simulators.exemples import depot_mandats
from vaguemestre.workflows.pieces import Ouvrir, Pieces
from vaguemestre.workflows.verdict import Essai, Verdict


@pytest.fixture(scope="module")
def ouvrir() -> Iterator[Ouvrir]:
    with LecteurTexte(processus=1) as lecteur:

        def le_meme(_: Configuration | None) -> LecteurPdf:
            return lecteur

        yield le_meme


@pytest.fixture
def depot(tmp_path: Path) -> Callable[..., Path]:
    def faire(pdf: bytes, colonnes: dict[str, str] | None = None, **fichiers: bytes) -> Path:
        dossier = depot_mandats(
            tmp_path / "lot", bordereau=1, premier=1, nombre=1, date="20/11/2026"
        )
        (facture,) = dossier.glob("*.pdf")
        facture.write_bytes(pdf)
        for nom, octets in fichiers.items():
            (dossier / nom.replace("__", ".")).write_bytes(octets)
        tableau = dossier / "mandats.csv"
        tete, ligne = tableau.read_text("cp1252").splitlines()
        for nom, valeur in (colonnes or {}).items():
            if nom in tete.split(";"):
                ligne = ligne.rpartition(";")[0] + f";{valeur}"
            else:
                tete, ligne = f"{tete};{nom}", f"{ligne};{valeur}"
        tableau.write_text(f"{tete}\n{ligne}\n", "cp1252")
        return dossier

    return faire


def pj_regles(verdict: Verdict) -> list[str]:
    return [a.regle for a in verdict.anomalies if a.regle.startswith(("pj.", "depot.", "xsd."))]


def test_scan_dans_un_depot_puis_derogation(
    depot: Callable[..., Path], ouvrir: Ouvrir, tmp_path: Path
) -> None:
    essai = Essai(None, pieces=Pieces(None, structure=True, texte=True, ouvrir=ouvrir))
    refuse = essai.controler(depot(pdfs.SCAN))
    assert pj_regles(refuse) == ["pj.pdf.scan"]
    assert refuse.verdict == "rejete"
    assert refuse.pdf is not None
    assert refuse.pdf.pages == 1
    autre = tmp_path / "autre"
    (tmp_path / "lot").rename(autre)
    accord = {"pj_derogation": "Original perdu", "pj_derogation_auteur": "C. Martin, DAF"}
    admis = essai.controler(depot(pdfs.SCAN, accord))
    assert pj_regles(admis) == ["pj.pdf.scan.derogation"]
    assert admis.accepte
    sans_texte = Essai(None, pieces=Pieces(None, structure=True, texte=False, ouvrir=ouvrir))
    assert pj_regles(sans_texte.controler(autre)) == []


def test_un_pes_tout_fait_avec_un_manifeste(
    depot: Callable[..., Path], ouvrir: Ouvrir, tmp_path: Path
) -> None:
    essai = Essai(None, pieces=Pieces(None, structure=True, texte=True, ouvrir=ouvrir))
    (tmp_path / "pret").mkdir()
    pes = tmp_path / "pret" / "flux.xml"
    essai.construire(depot(pdfs.SCAN), pes)
    assert pj_regles(essai.controler(pes)) == ["pj.pdf.scan"]
    nom = re.search(r'<NomPJ V="([^"]+)"', pes.read_text("latin-1"))
    assert nom is not None
    derogation = {"motif": "Original perdu", "auteur": "C. Martin, DAF"}
    manifeste = {"fichiers": ["flux.xml"], "pieces": {nom[1]: {"derogation": derogation}}}
    (pes.parent / "manifeste.json").write_text(json.dumps(manifeste), "utf-8")
    assert pj_regles(essai.controler(pes.parent)) == ["pj.pdf.scan.derogation"]


def test_certification_jointe_a_la_piece(depot: Callable[..., Path], ouvrir: Ouvrir) -> None:
    volets = [
        {"domaine": "depense", "effet": "2026-01-01"},
        {
            "domaine": "pj",
            "effet": "2026-01-01",
            "categories": ["deliberation", "certification"],
            "hors_competence": True,
        },
    ]
    collectivite = {
        "dossier": "c",
        "nom": "Commune",
        "siret": "21340999800019",
        "code": "123",
        "poste": "034011",
        "budget": [{"code": "00"}],
        "convention": volets,
    }
    config = Configuration.model_validate({"collectivite": [collectivite]})
    essai = Essai(config, pieces=Pieces(config, structure=True, texte=False, ouvrir=ouvrir))
    dossier = depot(pdfs.SAIN, {"pj_categorie": "deliberation"})
    assert pj_regles(essai.controler(dossier)) == ["pj.certification"]
    for fichier in dossier.iterdir():
        fichier.unlink()
    dossier.rmdir()
    certifiee = depot(
        pdfs.SAIN,
        {"pj_categorie": "deliberation", "pj_certification": "certif.pdf"},
        certif__pdf=pdfs.page(pdfs.TEXTE + b"% autre"),
    )
    sortie = certifiee.parent / "p.xml"
    verdict = essai.construire(certifiee, sortie)
    assert pj_regles(verdict) == ["pj.certification.signature"]
    texte = sortie.read_text("latin-1")
    assert 'Description V="Certification du caractère exécutoire : Facture' in texte
    assert texte.count("<PJRef>") == 2


SIGNATURES = {
    "facture__p7s": b"0\x82\x01\x0a\x06\x09*\x86H\x86\xf7\r\x01\x07\x02\xa0\x00\xff\r\n\x00\x1a",
    "pem__p7s": b"-----BEGIN PKCS7-----\r\nMIIB\r\n-----END PKCS7-----\r\n",
    "xades__xml": b'\xef\xbb\xbf<?xml version="1.0"?>\r\n<a  b="\xc3\xa9"\t/>\r\n',
    "latin__xml": b'<?xml version="1.0" encoding="ISO-8859-15"?>\n<a>\xa4 \xe9</a>\n\n',
}


def test_les_signatures_passent_octet_pour_octet(
    depot: Callable[..., Path], ouvrir: Ouvrir
) -> None:
    essai = Essai(None, pieces=Pieces(None, structure=True, texte=True, ouvrir=ouvrir))
    noms = "|".join(nom.replace("__", ".") for nom in SIGNATURES)
    signee = pdfs.page(pdfs.TEXTE) + b"\n% suite incrementale\r\n%%EOF\r\n"
    dossier = depot(signee, {"pj": noms}, **SIGNATURES)
    (facture,) = dossier.glob("Facture*.pdf")
    facture.rename(dossier / "facture.pdf")
    tableau = dossier / "mandats.csv"
    tableau.write_text(tableau.read_text("cp1252").replace(noms, f"facture.pdf|{noms}"), "cp1252")
    sortie = dossier.parent / "p.xml"
    verdict = essai.construire(dossier, sortie)
    assert not [a.message for a in verdict.anomalies if a.bloquante]
    octets = sortie.read_bytes()
    dedans = {
        gzip.decompress(base64.b64decode(texte))
        for texte in re.findall(rb"<Fichier[^>]*>([^<]+)</Fichier>", octets)
    }
    assert dedans == {signee, *SIGNATURES.values()}
    assert octets.count(b'MIMEType="application/pkcs7-signature"') == 2


def test_en_ligne_de_commande(
    depot: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    sortie = depot(pdfs.SCAN).parent / "p.xml"
    Essai(None).construire(sortie.parent / "lot", sortie)
    assert main(["check", str(sortie), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pdf"]["lus"] == 0
    assert main(["check", str(sortie), "--json", "--pj-texte"]) == 30
    dit = json.loads(capsys.readouterr().out)
    assert [a["regle"] for a in dit["anomalies"]] == ["pj.pdf.scan"]
    assert dit["pdf"]["pages"] == 1
    assert main(["check", str(sortie), "--pj-texte"]) == 30
    assert "1 PDF, 1 page(s) lues en" in capsys.readouterr().out
    assert main(["check", str(sortie), "--pj-texte", "--schema-only"]) == 0


def test_pieces_passe_d_un_processus_a_l_autre() -> None:
    pieces = Pieces(None, structure=True, texte=True, ouvrir=ouvrir_lecteurs)
    controle = pickle.loads(pickle.dumps(pieces)).pour()  # noqa: S301
    assert controle.ouvrir() is not None
