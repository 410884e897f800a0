"""Makes fixtures/mutants/verdicts.json.gz again: `python -m tests.unit.schemas.enregistrer`.

Needs the reference schemas beside the clone. Only verdicts and element paths are kept, nothing of
the schemas.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from tests.partage import DONNEES
from tests.unit.schemas.mutants import NOMBRE, Condensat, mutants
from tests.unit.schemas.tirage import GRAINE
from tests.unit.schemas.verdicts import blame, charger

FICHIER = Path(__file__).resolve().parents[3] / "fixtures" / "mutants" / "verdicts.json.gz"
REFERENCES = {
    "5.30": DONNEES / "pes-xsd" / "schemas_pes_v5.30_rebuilt" / "PES_V2" / "Rev0" / "PES_Aller.xsd",
    "5.17": DONNEES / "pes-xsd" / "schemas_pes_v5.17" / "PES_V2" / "Rev0" / "PES_Aller.xsd",
}


@dataclass(frozen=True, slots=True)
class Gardes:
    """Stored verdicts: digests of the mutants by thousands, one blame per mutant and version.

    `juges`: who gave them (see `juges`).
    """

    juges: str
    lots: list[str]
    verdicts: dict[str, list[str]]


def references() -> dict[str, etree.XMLSchema] | None:
    """The reference schemas by version, None where they are not beside the clone."""
    if not all(path.exists() for path in REFERENCES.values()):
        return None
    return {version: charger(path) for version, path in REFERENCES.items()}


def juges() -> str:
    """Digest of every file of the reference schemas and of the validator's version.

    A verdict depends on these and on the document alone.
    """
    digest = hashlib.sha256(repr(etree.LIBXML_VERSION).encode())
    for version, entry in sorted(REFERENCES.items()):
        tree = entry.parents[2]
        for path in sorted(tree.rglob("*.xsd")):
            digest.update(f"{version}/{path.relative_to(tree).as_posix()}".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def ecrire(gardes: Gardes, path: Path = FICHIER) -> None:
    """Write the verdicts: each path once, then one number per mutant."""
    paths = sorted({blamed for column in gardes.verdicts.values() for blamed in column})
    rank = {blamed: number for number, blamed in enumerate(paths)}
    content = {
        "graine": GRAINE,
        "juges": gardes.juges,
        "lots": gardes.lots,
        "chemins": paths,
        "verdicts": {
            version: [rank[blamed] for blamed in column]
            for version, column in gardes.verdicts.items()
        },
    }
    raw = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(raw, 9, mtime=0))


def lire(path: Path = FICHIER) -> Gardes:
    """Read the stored verdicts; OSError or ValueError where the file is missing or damaged."""
    content = json.loads(gzip.decompress(path.read_bytes()))
    paths = content["chemins"]
    columns = {
        version: [paths[rank] for rank in column] for version, column in content["verdicts"].items()
    }
    return Gardes(content["juges"], content["lots"], columns)


def main() -> int:
    """Judge every mutant by both references and store what they say."""
    schemas = references()
    if schemas is None:
        sys.stderr.write("schémas de référence absents : shared/data/pes-xsd\n")
        return 1
    digest = Condensat()
    columns: dict[str, list[str]] = {version: [] for version in schemas}
    for one in mutants():
        digest.ajouter(one.numero, one.racine)
        for version, schema in schemas.items():
            columns[version].append(blame(schema, one.racine))
    ecrire(Gardes(juges(), digest.lots, columns))
    sys.stdout.write(
        f"{NOMBRE} verdicts écrits dans {FICHIER.name} ({FICHIER.stat().st_size} octets)\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
