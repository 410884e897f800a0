"""Official packs: recognised, copied whole, refused when unsafe; then they judge."""

from __future__ import annotations

import json
import re
import stat
import zipfile
from pathlib import Path

import pytest

from tests.partage import donnees
from vaguemestre.errors import DocumentError
from vaguemestre.pes.examen import Reglages, examiner
from vaguemestre.pes.packs import ajouter
from vaguemestre.pes.schema import charger, packs, rang, versions

XS = "http://www.w3.org/2001/XMLSchema"
ALLER = f"""<xs:schema xmlns:xs="{XS}" xmlns:t="urn:t" targetNamespace="urn:t">
<xs:include schemaLocation="../types.xsd"/><xs:element name="PES_Aller" type="t:T"/></xs:schema>"""
TYPES = f"""<xs:schema xmlns:xs="{XS}" xmlns="urn:t" targetNamespace="urn:t">
<xs:simpleType name="T"><xs:restriction base="xs:string"/></xs:simpleType></xs:schema>"""
W3C = """<!DOCTYPE schema PUBLIC "-//W3C//DTD XMLSchema 200102//EN"
 "http://127.0.0.1:9/XMLSchema.dtd" [ <!ATTLIST schema xmlns:ds CDATA #FIXED "urn:d">
 <!ENTITY dsig 'urn:d'> <!ENTITY % p ''> <!ENTITY % s ''> ]>"""


def pack(dossier: Path, **fichiers: str) -> Path:
    """A tree of the official shape, with a schema of ours."""
    contenus = {"PES_V2/Rev0/PES_Aller.xsd": ALLER, "PES_V2/types.xsd": TYPES} | fichiers
    for nom, texte in contenus.items():
        (dossier / nom).parent.mkdir(parents=True, exist_ok=True)
        (dossier / nom).write_text(texte, "utf-8")
    return dossier


def zipper(dossier: Path, vers: Path) -> Path:
    with zipfile.ZipFile(vers, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(dossier.rglob("*")):
            archive.write(path, path.relative_to(dossier.parent))
    return vers


def test_a_pack_is_copied_recorded_and_stands_before_ours(tmp_path: Path) -> None:
    source = pack(tmp_path / "schemas_pes_v5.30", **{"v5.30.txt": ""})
    ajoute = ajouter(source, tmp_path / "packs")
    assert (ajoute.version, ajoute.fichiers, ajoute.deja) == ("5.30", 3, False)
    fiche = json.loads((ajoute.dossier / "pack.json").read_text("utf-8"))
    assert fiche["empreinte"] == ajoute.empreinte
    assert set(fiche["fichiers"]) == {"PES_V2/Rev0/PES_Aller.xsd", "PES_V2/types.xsd", "v5.30.txt"}
    (vu,) = [p for p in packs(tmp_path / "packs") if p.version == "5.30"]
    assert (vu.officiel, vu.empreinte) == (True, ajoute.empreinte)
    assert charger("5.30", tmp_path / "packs").chemin.is_relative_to(tmp_path)
    assert not charger("5.30").chemin.is_relative_to(tmp_path)
    # What is not in the folder of packs is still ours, never another version of it.
    assert not charger("5.17", tmp_path / "packs").chemin.is_relative_to(tmp_path)
    assert not list((tmp_path / "packs").glob(".*"))


def test_the_same_pack_again_changes_nothing_and_another_is_refused(tmp_path: Path) -> None:
    source = pack(tmp_path / "v5.31")
    premier = ajouter(source, tmp_path / "packs")
    assert ajouter(zipper(source, tmp_path / "p.zip"), tmp_path / "packs").deja
    (source / "note.txt").write_text("x")
    with pytest.raises(DocumentError, match="déjà là"):
        ajouter(source, tmp_path / "packs")
    assert versions(tmp_path / "packs")[-1] == premier.version == "5.31"


@pytest.mark.parametrize(
    ("nom", "marque", "dite", "attendue"),
    [
        ("schemas_pes_v5.12", "PES_V2/v5.12.txt", None, "5.12"),
        ("quelconque", "v5.16.txt", None, "5.16"),
        ("PES_5.9", "lisez.txt", None, "5.9"),
        ("quelconque", "lisez.txt", "5.40", "5.40"),
        ("schemas_v5.17", "v5.17.txt", "5.99", "5.99"),
    ],
)
def test_where_the_version_is_read(
    tmp_path: Path, nom: str, marque: str, dite: str | None, attendue: str
) -> None:
    source = pack(tmp_path / nom, **{marque: ""})
    assert ajouter(source, tmp_path / "packs", version=dite).version == attendue


def _incluant(ou: str) -> str:
    return TYPES.replace("<xs:simple", f'<xs:include schemaLocation="{ou}"/><xs:simple')


@pytest.mark.parametrize(
    ("types", "raison"),
    [
        ("<xs:schema", "mal formé"),
        (TYPES.replace('"T"', '"U"'), "ne se compile pas"),
        (_incluant("http://127.0.0.1:9/a.xsd"), "n'est pas dans le paquet"),
        (_incluant("../../../a.xsd"), "n'est pas dans le paquet"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + TYPES, "entités"),
        ('<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]>' + TYPES, "entités"),
    ],
)
def test_an_unsafe_or_wrong_schema_is_refused(tmp_path: Path, types: str, raison: str) -> None:
    source = pack(tmp_path / "v5.31", **{"PES_V2/types.xsd": types})
    with pytest.raises(DocumentError, match=raison):
        ajouter(source, tmp_path / "packs")
    assert not list((tmp_path / "packs").iterdir())


@pytest.mark.parametrize(
    ("fichiers", "raison"),
    [
        ({"autre/PES_V2/Rev0/PES_Aller.xsd": ALLER}, "plusieurs paquets"),
        ({"v5.11.txt": "", "v5.12.txt": ""}, "deux versions"),
    ],
)
def test_a_bad_pack_is_refused_and_leaves_nothing(
    tmp_path: Path, fichiers: dict[str, str], raison: str
) -> None:
    source = pack(tmp_path / "v5.31", **fichiers)
    with pytest.raises(DocumentError, match=raison):
        ajouter(source, tmp_path / "packs")
    assert not list((tmp_path / "packs").iterdir())


def test_a_schema_as_w3c_writes_it_is_taken_without_network(tmp_path: Path) -> None:
    source = pack(tmp_path / "v5.31", **{"PES_V2/types.xsd": W3C + TYPES})
    assert ajouter(source, tmp_path / "packs").version == "5.31"


def test_no_pack_at_all(tmp_path: Path) -> None:
    (tmp_path / "vide").mkdir()
    (tmp_path / "autre").mkdir()
    (tmp_path / "autre" / "a.xsd").write_text(TYPES)
    (tmp_path / "faux.zip").write_bytes(b"PK\x03\x04 non")
    for nom, raison in (("vide", "vide"), ("autre", "officiel"), ("faux.zip", "abîmé")):
        with pytest.raises(DocumentError, match=raison):
            ajouter(tmp_path / nom, tmp_path / "packs")
    with pytest.raises(DocumentError, match="--version"):
        ajouter(pack(tmp_path / "sans"), tmp_path / "packs")


def _zip(tmp_path: Path, membre: zipfile.ZipInfo, contenu: bytes) -> Path:
    source = zipper(pack(tmp_path / "v5.31"), tmp_path / "v5.31.zip")
    with zipfile.ZipFile(source, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(membre, contenu, zipfile.ZIP_DEFLATED)
    return source


@pytest.mark.parametrize("nom", ["../dehors.xsd", "/tmp/dehors.xsd", "C:\\dehors.xsd", "a/../../b"])
def test_a_zip_that_leaves_its_folder(tmp_path: Path, nom: str) -> None:
    source = _zip(tmp_path, zipfile.ZipInfo(nom), b"x")
    with pytest.raises(DocumentError, match="sort de son dossier"):
        ajouter(source, tmp_path / "packs")
    assert not (tmp_path / "dehors.xsd").exists()


def test_links_and_bombs(tmp_path: Path) -> None:
    lien = zipfile.ZipInfo("v5.31/lien.xsd")
    lien.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(DocumentError, match="lien"):
        ajouter(_zip(tmp_path, lien, b"/etc/passwd"), tmp_path / "packs")
    bombe = _zip(tmp_path, zipfile.ZipInfo("v5.31/gros.xsd"), bytes(3_000_000))
    with pytest.raises(DocumentError, match="gonfle"):
        ajouter(bombe, tmp_path / "packs")
    dossier = pack(tmp_path / "d" / "v5.31")
    (dossier / "lien.xsd").symlink_to("/etc/passwd")
    with pytest.raises(DocumentError, match="lien"):
        ajouter(dossier, tmp_path / "packs")


def test_versions_are_ordered_as_people_do() -> None:
    assert sorted(["5.30", "5.9", "5.11", "6.1", "x"], key=rang) == [
        *("x", "5.9", "5.11", "5.30", "6.1")
    ]


@pytest.fixture(scope="module")
def officiels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The official trees from 5.11 on, added; one of them as a zip."""
    dossier = tmp_path_factory.mktemp("packs")
    for version in ("5.11", "5.12", "5.14", "5.16", "5.17"):
        arbre = donnees(f"pes-xsd/schemas_pes_v{version}")
        source = zipper(arbre, dossier / "p.zip") if version == "5.14" else arbre
        assert ajouter(source, dossier).version == version
    return dossier


def _juger(texte: str, version: str, dossier: Path, fichier: Path) -> list[str]:
    fichier.write_text(texte, "iso-8859-1")
    examen = examiner(
        fichier, schemas=charger(version, dossier), reglages=Reglages(schema_seul=True)
    )
    assert examen.schema == version
    return [f"{a.regle} {a.chemin.rpartition('/')[2]}" for a in examen.anomalies]


def _exemple(nom: str) -> str:
    (path,) = donnees("pes-samples").glob(f"{nom}_*.xml")
    return path.read_text("iso-8859-1")


@pytest.mark.parametrize("version", ["5.11", "5.12", "5.14", "5.16", "5.17"])
@pytest.mark.parametrize("nom", ["V01", "V04", "V06"])
def test_the_samples_pass_every_official_version(
    officiels: Path, tmp_path: Path, version: str, nom: str
) -> None:
    assert _juger(_exemple(nom), version, officiels, tmp_path / "p.xml") == []


def test_real_differences_between_versions(officiels: Path, tmp_path: Path) -> None:
    """As the trees have them: CodBud mandatory from 5.12, CarteAchatNiveau1 a value from 5.14,
    NatIdTiers 11 from 5.17. MtBordHT changes its type in 5.14 and takes 0.00 before and after."""
    bon = _exemple("V01")
    cas = {
        "nul": bon.replace('<MtBordHT V="100.00"/>', '<MtBordHT V="0.00"/>'),
        "sans budget": bon.replace('<CodBud V="00"/>', ""),
        "nature": re.sub('<NatIdTiers V="[0-9]+"/>', '<NatIdTiers V="11"/>', bon),
        "achat": re.sub("</InfoPce>", "<CarteAchatNiveau1>1</CarteAchatNiveau1></InfoPce>", bon),
        "achat V": re.sub("</InfoPce>", '<CarteAchatNiveau1 V="1"/></InfoPce>', bon),
    }
    passe = {
        nom: [
            version
            for version in ("5.11", "5.12", "5.14", "5.16", "5.17")
            if not _juger(texte, version, officiels, tmp_path / "p.xml")
        ]
        for nom, texte in cas.items()
    }
    assert all(texte != bon for texte in cas.values())
    assert passe == {
        "nul": ["5.11", "5.12", "5.14", "5.16", "5.17"],
        "sans budget": ["5.11"],
        "nature": ["5.17"],
        "achat": ["5.11", "5.12"],
        "achat V": ["5.14", "5.16", "5.17"],
    }
    (dit,) = _juger(cas["sans budget"], "5.12", officiels, tmp_path / "p.xml")
    assert dit == "xsd.libellecolbud.inattendu LibelleColBud"


def test_every_official_version_judges_answers_too(officiels: Path) -> None:
    from vaguemestre.pes.acquit import lire_reponse

    for version in ("5.11", "5.17"):
        for nom in ("K01", "K04", "R01"):
            (path,) = donnees("pes-samples").glob(f"{nom}_*.xml")
            lue = lire_reponse(path, officiels / version)
            assert [a for a in lue.anomalies if a.regle.startswith("xsd.")] == []
