"""What the repository holds: nothing beside the plan, no foreign address, known origins."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[2]
PERMIS = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "certs-sample",
    "fixtures",
    "pyproject.toml",
    "requirements.lock",
    "schemas",
    "src",
    "tests",
}
CERTS = {
    "README.md",
    "emettrice.pem",
    "expire.p12",
    "horodatage.p12",
    "racine.pem",
    "revoque.p12",
    "revoquees.crl.pem",
    "signataire.p12",
}


def suivis() -> list[Path]:
    """The files of the repository, tracked or about to be; skips outside a git checkout."""
    git = shutil.which("git")
    if git is None or not (RACINE / ".git").exists():
        pytest.skip("pas un dépôt git : rien à comparer")
    sortie = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=RACINE,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [RACINE / nom for nom in sortie.split("\0") if nom and (RACINE / nom).is_file()]


def test_the_top_level_holds_what_the_plan_says() -> None:
    presents = {path.relative_to(RACINE).parts[0] for path in suivis()}
    assert presents == PERMIS


def test_every_folder_of_fixtures_says_where_it_comes_from() -> None:
    fichiers = [p for p in suivis() if p.is_relative_to(RACINE / "fixtures")]
    assert fichiers
    sans = {
        str(path.parent.relative_to(RACINE))
        for path in fichiers
        if not any(
            (parent / "PROVENANCE.md").exists()
            for parent in (path.parent, path.parent.parent)
            if parent.is_relative_to(RACINE / "fixtures") and parent != RACINE / "fixtures"
        )
    }
    assert sans == set()


def test_the_sample_keys_have_their_promised_names() -> None:
    assert {p.name for p in (RACINE / "certs-sample").iterdir()} >= CERTS


def test_the_lock_pins_by_hash_and_names_no_index() -> None:
    texte = (RACINE / "requirements.lock").read_text("utf-8")
    for interdit in ("http:", "https:", "file:", "--index-url", "--extra-index", "--find-links"):
        assert interdit not in texte
    entrees = re.split(r"\n(?=[a-zA-Z0-9])", texte.strip())
    assert len(entrees) > 30
    sans = [entree.split("\n")[0] for entree in entrees if "--hash=sha256:" not in entree]
    assert sans == []
    assert all(re.match(r"[\w.\-]+(\[[\w,\-]+\])?==", entree) for entree in entrees)


def test_the_lock_holds_every_dependency() -> None:
    import tomllib

    projet = tomllib.loads((RACINE / "pyproject.toml").read_text("utf-8"))
    voulus = [
        *projet["project"]["dependencies"],
        *projet["project"]["optional-dependencies"]["simulateur"],
        *projet["dependency-groups"]["dev"],
    ]
    texte = (RACINE / "requirements.lock").read_text("utf-8").lower()
    noms = [re.split(r"[<>=\[;! ]", voulu)[0].lower() for voulu in voulus]
    assert [n for n in noms if f"\n{n}==" not in f"\n{texte}"] == []


def test_nothing_names_the_place_where_it_was_written() -> None:
    # Put together here, so that this file does not hold what it looks for.
    motifs = [
        "/" + "work/",
        "/tmp/" + "venv",
        "/" + "root/",
        "/home/" + r"(?!\.)[a-z]+/",
        "arti" + "factory",
        "nex" + "us\\.",
        "pypi" + r"\.(?!org)[a-z]+\.",
        "localhost" + r":\d+/simple",
        "PIP_" + "INDEX",
        "Clau" + "de|Anthro" + "pic|Open" + "AI|Chat" + "GPT",
    ]
    interdit = re.compile("|".join(motifs))
    trouves = []
    for path in suivis():
        try:
            texte = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        if found := interdit.search(texte):
            trouves.append((str(path.relative_to(RACINE)), found[0]))
    assert trouves == []


def test_the_schema_of_deposits_is_a_json_schema() -> None:
    import jsonschema

    from vaguemestre.intake.documentation import schema_json

    for genre in ("mandats", "titres"):
        schema = schema_json(genre)
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_changelog_has_what_is_to_come() -> None:
    texte = (RACINE / "CHANGELOG.md").read_text("utf-8")
    assert "## À venir" in texte
    assert "### Ajouté" in texte


@pytest.mark.lent
def test_the_wheel_holds_schemas_keys_and_pages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=RACINE,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (roue,) = tmp_path.glob("*.whl")
    noms = set(zipfile.ZipFile(roue).namelist())
    attendus = {
        "vaguemestre/_donnees/schemas/5.30/PES_Aller.xsd",
        "vaguemestre/_donnees/schemas/5.17/PES_Aller.xsd",
        "vaguemestre/_donnees/schemas/signature/xades111.xsd",
        *(f"vaguemestre/_donnees/certs-sample/{nom}" for nom in CERTS),
        "vaguemestre/cli/modele.toml",
        "vaguemestre/cli/aide/glossaire.md",
        "vaguemestre/rapport/gabarits/depot.html",
        "vaguemestre/indigo/layouts/fictif-essai.json",
    }
    assert attendus <= noms
    assert not [nom for nom in noms if nom.startswith(("tests/", "fixtures/"))]
