"""The three shapes of a deposit, whole, and what may be wrong with files and zips."""

from __future__ import annotations

import errno
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from tests.partage import donnees
from tests.unit.intake.fabrique import (
    MANDAT,
    PDF,
    SIRET,
    TITRE,
    contexte,
    en_csv,
    en_zip,
    mandats,
    poser,
    regles,
    seule,
)
from vaguemestre.config.sections import Depots
from vaguemestre.domain.comptable import Domaine
from vaguemestre.errors import Gravite, RessourceError
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.depot import lire_depot
from vaguemestre.intake.inventaire import Fichier, depuis, illisible
from vaguemestre.intake.lecture import Valeurs
from vaguemestre.intake.pj import Justificatifs
from vaguemestre.intake.tableau import Rangee

PES = """<?xml version="1.0" encoding="ISO-8859-1"?>
<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">
<PES_DepenseAller><Bordereau><BlocBordereau><Exer V="2026"/><IdBord V="7"/><TypBord V="01"/>
</BlocBordereau><Piece><BlocPiece><InfoPce><IdPce V="42"/>
<PJRef><Support V="01"/><IdUnique V="AAA111"/><NomPJ V="facture.pdf"/></PJRef>
<PJRef><Support V="01"/><IdUnique V="BBB222"/></PJRef>
<PJRef><Support V="02"/><IdUnique V="PAPIER"/></PJRef>
</InfoPce></BlocPiece><LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="3"/>
<PJRef><Support V="01"/><IdUnique V="CCC333"/><TypePJ V="003"/></PJRef>
</InfoLignePce></BlocLignePiece></LigneDePiece></Piece></Bordereau></PES_DepenseAller>
<PES_PJ><PJ><IdUnique V="BBB222"/></PJ></PES_PJ>
</n:PES_Aller>
"""


def test_dossier_mandats_et_titres(tmp_path: Path) -> None:
    depot = tmp_path / "depot de novembre"
    poser(depot, mandats__csv=en_csv(MANDAT), titres__csv=en_csv(TITRE), facture__pdf=PDF)
    lu = lire_depot(tmp_path, contexte())
    assert regles(lu) == []
    assert lu.forme == "mandats+titres"
    depense, recette = lu.bordereaux["00"]
    assert (depense.domaine, recette.domaine) == (Domaine.DEPENSE, Domaine.RECETTE)
    assert recette.pieces[0].lignes[0].tiers[0].type == "01"
    (pj,) = lu.pjs
    assert pj.id_unique.startswith(f"{SIRET}D2026")
    assert len(pj.id_unique) <= 50
    assert pj.id_unique.isalnum()
    assert (pj.nom, pj.mime, pj.type, pj.taille) == (
        "facture.pdf",
        "application/pdf",
        "003",
        len(PDF),
    )
    assert pj.chemin == depot / "facture.pdf"
    assert [ref.id_unique for ref in depense.pj_refs] == [pj.id_unique]


def test_zip_d_un_dossier(tmp_path: Path) -> None:
    fichiers = {"lot/mandats.csv": en_csv(MANDAT).encode(), "lot/pj/facture.pdf": PDF}
    en_zip(tmp_path / "lot.zip", fichiers | {"__MACOSX/._x": b"1", "lot/.DS_Store": b"2"})
    lu = lire_depot(tmp_path, contexte(travail=tmp_path / "w"))
    assert regles(lu) == []
    assert lu.pjs[0].chemin is not None
    assert lu.pjs[0].chemin.read_bytes() == PDF
    # Reading again, as after a kill, gives the same.
    assert lire_depot(tmp_path / "lot.zip", contexte(travail=tmp_path / "w")) == lu


def test_manifeste(tmp_path: Path) -> None:
    contenu = {"fichiers": ["mandats.csv", {"nom": "facture.pdf", "taille": len(PDF)}]}
    poser(
        tmp_path,
        mandats__csv=en_csv(MANDAT),
        facture__pdf=PDF,
        manifeste__json=json.dumps(contenu),
    )
    assert regles(lire_depot(tmp_path, contexte())) == []


@pytest.mark.parametrize(
    ("contenu", "regle"),
    [
        ("pas du json", "depot.json.invalide"),
        ('{"fichiers": []}', "depot.manifeste.contenu"),
        ('["mandats.csv"]', "depot.manifeste.contenu"),
        ('{"fichiers": ["../mandats.csv"]}', "depot.manifeste.contenu"),
        ('{"fichiers": ["mandats.csv", "mandats.csv"]}', "depot.manifeste.contenu"),
        ('{"fichiers": ["mandats.csv", "factures.pdf"]}', "depot.manifeste.absent"),
        ('{"fichiers": [{"nom": "facture.pdf", "taille": 3}]}', "depot.manifeste.taille"),
        (
            json.dumps({"fichiers": [{"nom": "facture.pdf", "sha256": "0" * 64}]}),
            "depot.manifeste.empreinte",
        ),
        ('{"fichiers": [{"nom": "facture.pdf", "sha256": "xx"}]}', "depot.manifeste.contenu"),
        ('{"fichiers": [3]}', "depot.manifeste.contenu"),
    ],
)
def test_manifestes_faux(tmp_path: Path, contenu: str, regle: str) -> None:
    poser(tmp_path, mandats__csv=en_csv(MANDAT), facture__pdf=PDF, manifeste__json=contenu)
    lu = lire_depot(tmp_path, contexte())
    assert set(regles(lu)) == {regle}
    assert all(a.fichier for a in lu.anomalies)


def test_pes_tout_fait_et_pj_a_cote(tmp_path: Path) -> None:
    poser(tmp_path, lot__xml=PES, **{"lot/facture__pdf": PDF, "lot/CCC333__pdf": PDF})
    poser(tmp_path, **{"lot/autre__pdf": PDF, "lot/BBB222__pdf": PDF})
    lu = lire_depot(tmp_path, contexte())
    assert lu.pes_tout_fait == tmp_path / "lot.xml"
    assert lu.forme == "pes"
    assert [pj.id_unique for pj in lu.pjs] == ["AAA111", "CCC333"]
    piece, ligne = (pj.references[0] for pj in lu.pjs)
    assert (piece.domaine, piece.exercice, piece.type_objet) == ("01", 2026, "01")
    assert (piece.identifiant, piece.complement) == ("42", None)
    assert (ligne.identifiant, ligne.complement, lu.pjs[1].type) == ("42", "3", "003")
    assert regles(lu) == ["depot.pj.non_citee"] * 2
    assert lu.accepte


def test_pes_et_zip_du_meme_nom(tmp_path: Path) -> None:
    poser(tmp_path, lot__xml=PES)
    en_zip(tmp_path / "lot.zip", {"AAA111.pdf": PDF})
    lu = lire_depot(tmp_path, contexte(travail=tmp_path / ".extrait"))
    assert [pj.id_unique for pj in lu.pjs] == ["AAA111"]
    assert lu.accepte


@pytest.mark.parametrize(
    ("contenu", "regle"),
    [
        (b"", "xml.illisible"),
        (b"ceci n'est pas du XML", "xml.illisible"),
        (b"<?xml version='1.0'?><!-- jamais", "xml.illisible"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><n:PES_Aller/>", "xml.illisible"),
        ("<PES_Aller/>".encode("utf-16"), "xml.illisible"),
        (b"<n:PES_ACQUIT xmlns:n='x'></n:PES_ACQUIT>", "depot.pes.racine"),
        (b"<html></html>", "depot.pes.racine"),
    ],
)
def test_xml_qui_n_est_pas_un_pes(tmp_path: Path, contenu: bytes, regle: str) -> None:
    poser(tmp_path, lot__xml=contenu)
    lu = lire_depot(tmp_path, contexte())
    assert seule(lu, regle).fichier == "lot.xml"
    assert lu.pes_tout_fait is None


def test_deux_pes_dans_un_depot(tmp_path: Path) -> None:
    poser(tmp_path, a__xml=PES, b__xml=PES)
    seule(lire_depot(tmp_path, contexte()), "depot.forme")


def test_echantillon_reel(tmp_path: Path) -> None:
    source = donnees("pes-samples")
    exemple = next(iter(sorted(source.rglob("*.xml"))), None)
    if exemple is None:
        pytest.skip("pas d'échantillon XML")
    lu = lire_depot(exemple, contexte())
    assert lu.forme in {"pes", "inconnue"}


def test_rien_ou_rien_de_connu(tmp_path: Path) -> None:
    vide = tmp_path / "vide"
    vide.mkdir()
    seule(lire_depot(vide, contexte()), "depot.vide")
    poser(tmp_path / "a", mandat__csv="x", facture__pdf=PDF)
    assert "mandats.csv" in seule(lire_depot(tmp_path / "a", contexte()), "depot.forme").message
    poser(tmp_path / "b", mandats__csv="x", mandats__json="[]")
    assert "depot.forme" in regles(lire_depot(tmp_path / "b", contexte()))


def test_depot_redepose_depuis_les_rejets(tmp_path: Path) -> None:
    poser(tmp_path, mandats__csv=en_csv(MANDAT), facture__pdf=PDF, rapport__json="{}")
    poser(tmp_path, rapport__html="<p>", __reclamation__json="{}")
    assert regles(lire_depot(tmp_path, contexte())) == []


def zip_brut(chemin: Path, *membres: tuple[zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, octets in membres:
            archive.writestr(info, octets)
    return chemin


@pytest.mark.parametrize(
    ("nom", "regle"),
    [
        ("../../etc/passwd", "depot.zip.chemin"),
        ("/etc/passwd", "depot.zip.chemin"),
        ("C:\\Windows\\mandats.csv", "depot.zip.chemin"),
        ("..\\mandats.csv", "depot.zip.chemin"),
        ("interieur.zip", "depot.zip.imbrique"),
    ],
)
def test_noms_dangereux_dans_un_zip(tmp_path: Path, nom: str, regle: str) -> None:
    depot = tmp_path / "d"
    depot.mkdir()
    en_zip(depot / "lot.zip", {"mandats.csv": b"x", nom: b"y"})
    lu = lire_depot(depot, contexte(travail=tmp_path / "w"))
    assert regles(lu) == [regle]
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["d", "lot.zip", "w"]


def test_lien_doublon_et_chiffre_dans_un_zip(tmp_path: Path) -> None:
    lien = zipfile.ZipInfo("lien.pdf")
    lien.external_attr = (stat.S_IFLNK | 0o777) << 16
    zip_brut(tmp_path / "a.zip", (lien, b"/etc/passwd"))
    seule(lire_depot(tmp_path / "a.zip", contexte(travail=tmp_path / "w")), "depot.zip.lien")
    chiffre = bytearray(en_zip(tmp_path / "b.zip", {"mandats.csv": b"x"}).read_bytes())
    central = chiffre.index(b"PK\x01\x02")
    chiffre[6] |= 1
    chiffre[central + 8] |= 1
    (tmp_path / "b.zip").write_bytes(chiffre)
    seule(lire_depot(tmp_path / "b.zip", contexte(travail=tmp_path / "w")), "depot.zip.chiffre")
    octets = en_zip(tmp_path / "c.zip", {"aa.pdf": b"1", "ab.pdf": b"2"}).read_bytes()
    (tmp_path / "c.zip").write_bytes(octets.replace(b"ab.pdf", b"aa.pdf"))
    seule(lire_depot(tmp_path / "c.zip", contexte(travail=tmp_path / "w")), "depot.zip.doublon")


def test_bombes(tmp_path: Path) -> None:
    en_zip(tmp_path / "a.zip", {"mandats.csv": bytes(30_000_000)})
    lu = lire_depot(tmp_path / "a.zip", contexte(travail=tmp_path / "w"))
    assert "30 Mo" in seule(lu, "depot.zip.bombe").message
    en_zip(tmp_path / "b.zip", {"mandats.csv": os.urandom(2000)})
    petit = contexte(travail=tmp_path / "w", limites=Depots(decompression_max=1000))
    seule(lire_depot(tmp_path / "b.zip", petit), "depot.zip.bombe")
    en_zip(tmp_path / "c.zip", {f"{i}.pdf": PDF for i in range(6)})
    peu = contexte(travail=tmp_path / "w", limites=Depots(nombre_max=5))
    seule(lire_depot(tmp_path / "c.zip", peu), "depot.fichiers.nombre")


def test_zips_abimes_vides_ou_au_milieu(tmp_path: Path) -> None:
    entier = en_zip(tmp_path / "a.zip", {"mandats.csv": os.urandom(5000)}).read_bytes()
    (tmp_path / "a.zip").write_bytes(entier[:2000] + b"\0\0\0" + entier[2003:])
    seule(lire_depot(tmp_path / "a.zip", contexte(travail=tmp_path / "w")), "depot.zip.abime")
    (tmp_path / "b.zip").write_bytes(entier[:3000])
    seule(lire_depot(tmp_path / "b.zip", contexte(travail=tmp_path / "w")), "depot.zip.abime")
    en_zip(tmp_path / "c.zip", {})
    seule(lire_depot(tmp_path / "c.zip", contexte(travail=tmp_path / "w")), "depot.vide")
    milieu = poser(tmp_path / "m", mandats__csv=en_csv(MANDAT), facture__pdf=PDF)
    en_zip(milieu / "pj.zip", {"x.pdf": PDF})
    lu = lire_depot(milieu, contexte(travail=tmp_path / "w"))
    assert "depot.zip.imbrique" in regles(lu)


def test_liens_tubes_casse_et_noms(tmp_path: Path) -> None:
    depot = poser(tmp_path / "d", mandats__csv=en_csv(MANDAT), facture__pdf=PDF)
    (depot / "secret.pdf").symlink_to("/etc/passwd")
    (depot / "ailleurs").symlink_to("/etc")
    os.mkfifo(depot / "tube.pdf")
    lu = lire_depot(depot, contexte())
    assert regles(lu) == ["depot.fichier.lien"] * 3
    autre = poser(tmp_path / "e", mandats__csv=en_csv(MANDAT), facture__pdf=PDF)
    poser(autre, Facture__pdf=PDF)
    assert "depot.fichier.casse" in regles(lire_depot(autre, contexte()))
    noms = poser(tmp_path / "f", mandats__csv=en_csv(MANDAT), facture__pdf=PDF)
    (noms / "retour\nligne.pdf").write_bytes(PDF)
    with open(os.fsencode(noms) + b"/\xff\xfe.pdf", "wb") as flux:  # noqa: PTH123  bytes path
        flux.write(PDF)
    assert regles(lire_depot(noms, contexte())) == ["depot.fichier.nom"] * 2
    (tmp_path / "lien").symlink_to(depot)
    seule(lire_depot(tmp_path / "lien", contexte()), "depot.fichier.lien")


@pytest.mark.skipif(os.geteuid() == 0, reason="root lit tout")
def test_fichier_sans_droit_de_lecture(tmp_path: Path) -> None:
    poser(tmp_path, mandats__csv=en_csv(MANDAT), facture__pdf=PDF)
    (tmp_path / "facture.pdf").chmod(0)
    assert "depot.fichier.illisible" in regles(lire_depot(tmp_path, contexte()))


def test_fichier_disparu_ou_illisible_pendant_la_lecture(tmp_path: Path) -> None:
    constats = Constats()
    assert depuis(tmp_path / "parti.pdf", constats) is None
    fichiers = [Fichier("facture.pdf", tmp_path / "facture.pdf", 12)]
    pj = Justificatifs(fichiers, SIRET, {}, constats)
    cellule = Valeurs(Rangee("mandats.csv", 2, {}), {"pj": ("facture.pdf",)})
    assert pj.citer(cellule, "pj", Domaine.DEPENSE, 2026) == ()
    assert [a.regle for a in constats.anomalies] == ["depot.fichier.illisible"] * 2
    assert pj.retenues == ()


@pytest.mark.parametrize("numero", [errno.EIO, errno.ENOSPC, errno.ESTALE])
def test_panne_passagere_n_est_pas_une_faute_du_depot(numero: int) -> None:
    constats = Constats()
    with pytest.raises(RessourceError) as leve:
        illisible("facture.pdf", OSError(numero, os.strerror(numero)), constats)
    assert leve.value.transient
    assert constats.anomalies == []


def test_zip_aux_noms_impossibles_a_ecrire(tmp_path: Path) -> None:
    en_zip(tmp_path / "a.zip", {"x" * 300 + ".pdf": PDF})
    seule(lire_depot(tmp_path / "a.zip", contexte(travail=tmp_path / "w")), "depot.zip.chemin")
    en_zip(tmp_path / "b.zip", {"a": b"1", "a/b.pdf": PDF})
    seule(lire_depot(tmp_path / "b.zip", contexte(travail=tmp_path / "w")), "depot.zip.doublon")


def test_limites_de_taille_et_de_nombre(tmp_path: Path) -> None:
    poser(tmp_path, mandats__csv=en_csv(MANDAT), facture__pdf=PDF)
    seule(lire_depot(tmp_path, contexte(limites=Depots(taille_max=100))), "depot.fichiers.taille")
    seule(lire_depot(tmp_path, contexte(limites=Depots(nombre_max=1))), "depot.fichiers.nombre")


@pytest.mark.parametrize(
    "nom", ["-tiret.pdf", "facture d'été n° 3.pdf", "sous/dossier/f.pdf", "a&b.pdf", "..f.pdf"]
)
def test_noms_inhabituels_mais_bons(tmp_path: Path, nom: str) -> None:
    poser(tmp_path, mandats__csv=en_csv({**MANDAT, "pj": nom}), **{nom.replace(".", "__"): PDF})
    lu = lire_depot(tmp_path, contexte())
    assert regles(lu) == []
    assert lu.pjs[0].nom == nom.rpartition("/")[2]


def test_accents_decomposes_de_macos(tmp_path: Path) -> None:
    poser(tmp_path, mandats__csv=en_csv({**MANDAT, "pj": "été.pdf"}))
    (tmp_path / "e\u0301te\u0301.pdf").write_bytes(PDF)
    lu = lire_depot(tmp_path, contexte())
    assert regles(lu) == []
    assert lu.pjs[0].nom == "été.pdf"


def test_zip_windows_aux_noms_en_850(tmp_path: Path) -> None:
    octets = en_zip(
        tmp_path / "a.zip",
        {"mandats.csv": en_csv({**MANDAT, "pj": "Àé.pdf"}).encode(), "##.pdf": PDF},
    ).read_bytes()
    (tmp_path / "a.zip").write_bytes(octets.replace(b"##.pdf", "Àé.pdf".encode("cp850")))
    lu = lire_depot(tmp_path / "a.zip", contexte(travail=tmp_path / "w"))
    assert regles(lu) == []
    assert lu.pjs[0].nom == "Àé.pdf"


@pytest.mark.parametrize(
    ("contenu", "regle", "dit"),
    [
        (b"", "pj.vide", "vide"),
        (b"<html>erreur 500</html>", "pj.pdf", "page web"),
        (b"PK\x03\x04docx", "pj.pdf", "bureautique"),
        (b"\x89PNG\r\n\x1a\n", "pj.pdf", "PNG"),
        (b"\0\1\2\3", "pj.pdf", "inconnu"),
    ],
)
def test_pdf_qui_n_en_est_pas(tmp_path: Path, contenu: bytes, regle: str, dit: str) -> None:
    poser(tmp_path, mandats__csv=en_csv(MANDAT), facture__pdf=contenu)
    anomalie = seule(lire_depot(tmp_path, contexte()), regle)
    assert anomalie.gravite is Gravite.REJET_PJ
    assert dit in anomalie.message
    assert anomalie.fichier == "facture.pdf"


def test_pj_partagee_double_nommee_et_non_citee(tmp_path: Path) -> None:
    poser(tmp_path, copie__pdf=PDF, oubli__pdf=PDF + b"x")
    lu = mandats(
        tmp_path,
        MANDAT,
        {**MANDAT, "mandat": "833"},
        {**MANDAT, "mandat": "834", "pj": "copie.pdf"},
    )
    assert len(lu.pjs) == 1
    assert sorted(regles(lu)) == ["depot.pj.doublon", "depot.pj.non_citee"]
    assert lu.accepte
    refs = [ref.id_unique for ref in lu.bordereaux["00"][0].pj_refs]
    assert refs == [lu.pjs[0].id_unique] * 3


def test_deux_fichiers_d_un_nom_et_noms_impossibles(tmp_path: Path) -> None:
    poser(tmp_path / "a", **{"x/facture__pdf": PDF, "y/facture__pdf": PDF + b" "})
    poser(tmp_path / "a", mandats__csv=en_csv(MANDAT))
    assert "depot.pj.double" in regles(lire_depot(tmp_path / "a", contexte()))
    poser(tmp_path / "a", mandats__csv=en_csv({**MANDAT, "pj": "x/facture.pdf|y/facture.pdf"}))
    assert len(lire_depot(tmp_path / "a", contexte()).pjs) == 2
    long = "x" * 100 + ".pdf"
    poser(tmp_path / "b", mandats__csv=en_csv({**MANDAT, "pj": f"{long}|sans_extension|日本.pdf"}))
    for nom in (long, "sans_extension", "日本.pdf"):
        (tmp_path / "b" / nom).write_bytes(PDF + nom.encode())
    assert regles(lire_depot(tmp_path / "b", contexte())) == ["depot.pj.nom"] * 3


def test_pj_deja_transmise_et_descriptions(tmp_path: Path) -> None:
    poser(tmp_path, bon__pdf=PDF + b" ")
    ligne = {
        **MANDAT, "pj": "facture.pdf|bon.pdf", "pj_type": "003",
        "pj_description": "Facture d’août|Bon", "pj_deja_transmise": "ABC123",
    }  # fmt: skip
    lu = mandats(tmp_path, ligne)
    assert regles(lu) == []
    assert [pj.description for pj in lu.pjs] == ["Facture d'août", "Bon"]
    assert [ref.id_unique for ref in lu.bordereaux["00"][0].pj_refs][-1] == "ABC123"
    mauvais = mandats(tmp_path, {**ligne, "pj_deja_transmise": "a-b"})
    seule(mauvais, "depot.pj.identifiant")
