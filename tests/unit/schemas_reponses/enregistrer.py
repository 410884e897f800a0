"""Ask the official schemas of 5.17 about every mutant and keep what they say.

python -m tests.unit.schemas_reponses.enregistrer
"""

from __future__ import annotations

import gzip
import json

from tests.unit.schemas.verdicts import blame, charger
from tests.unit.schemas_reponses.documents import ENTREES
from tests.unit.schemas_reponses.mutants import GARDES, condensat, mutants, reference


def main() -> None:
    gardes: dict[str, dict[str, object]] = {}
    for genre in ENTREES:
        path = reference(genre)
        assert path is not None, "les schémas officiels ne sont pas à côté du dépôt"
        schema, tous = charger(path), list(mutants(genre))
        gardes[genre] = {
            "condensat": condensat(tous),
            "blames": [blame(schema, un.racine) for un in tous],
        }
    GARDES.parent.mkdir(parents=True, exist_ok=True)
    texte = json.dumps(gardes, ensure_ascii=False).encode()
    GARDES.write_bytes(gzip.compress(texte, mtime=0))


if __name__ == "__main__":
    main()
