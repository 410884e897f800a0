"""Any valid PES, any pièces left out: the replacement is valid, right, and says nothing else."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.indigo.exemples import FICTIF
from tests.unit.reemission.atelier import Atelier, sans_piece, schemas, total
from vaguemestre.domain.comptable import Domaine, PesAller
from vaguemestre.formats.plan import elements
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.dessins import charger
from vaguemestre.indigo.lecture import lire as lire_indigo
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.read import lire
from vaguemestre.simulators.tirage_pes import tirer
from vaguemestre.workflows.tri import cle_de, nom_de

_CENTIMES = re.compile(rb'V="(\d+)\.(\d\d)"')


def blocs(octets: bytes, nom: str) -> list[bytes]:
    return [octets[e.debut : e.fin] for e in elements(octets, [nom])[nom]]


def jumeau(document: PesAller) -> dict[str, list[dict[str, object]]]:
    """The records of its INDIGO files, by their kind."""
    dessin = charger(FICTIF)
    return {
        fichier.famille: [dict(record.valeurs) for record in lire_indigo(fichier.contenu, dessin)]
        for fichier in convertir(document, dessin, sequence=1, monnaie="XPF")
    }


def pjs(octets: bytes) -> dict[bytes, bytes]:
    """IdUnique to the exact bytes of its PJ."""
    (bloc,) = blocs(octets, "PES_PJ") or [b""]
    trouvees = re.findall(rb"<PJ>.*?</PJ>", bloc, re.DOTALL)
    nom = re.compile(rb'<IdUnique V="([^"]+)"')
    return {found.group(1): pj for pj in trouvees if (found := nom.search(pj))}


@given(
    graine=st.integers(0, 10**6),
    domaine=st.sampled_from(tuple(Domaine)),
    choix=st.data(),
)
@settings(max_examples=25)
def test_toute_reemission_est_juste(graine: int, domaine: Domaine, choix: st.DataObject) -> None:
    # Whole amounts, for the twin of a body that counts in francs.
    hasard = Random(graine)  # noqa: S311
    octets = _CENTIMES.sub(rb'V="\1\2"', tirer(hasard, domaine, graine % 1000))
    with tempfile.TemporaryDirectory() as dossier:
        atelier = Atelier(Path(dossier), octets)
        document = lire(atelier.source)
        assert not any(a.bloquante for a in examiner(atelier.source, schemas=schemas()).anomalies)
        toutes = [(*cle_de(b), p.numero) for b in document.bordereaux for p in b.pieces]
        otees = choix.draw(st.sets(st.sampled_from(toutes), max_size=len(toutes) - 1))
        refait = atelier.refaire(*map(nom_de, otees))

    attendu = sans_piece(document, otees)
    assert refait.bloquantes == []
    # What is read back is the original less what was left out: pièces, lignes, tiers, links.
    attendu = replace(
        attendu,
        enveloppe=refait.document.enveloppe,
        entete=replace(attendu.entete, date_production=refait.document.entete.date_production),
        pieces_justificatives=refait.document.pieces_justificatives,
    )
    assert refait.document == attendu
    restent = [(*cle_de(b), p.numero) for b in refait.document.bordereaux for p in b.pieces]
    assert restent == [piece for piece in toutes if piece not in otees]
    # To the byte.
    avant, apres = blocs(octets, "Piece"), blocs(refait.octets, "Piece")
    assert apres == [p for p, nom in zip(avant, toutes, strict=True) if nom not in otees]
    utiles = {ref.id_unique.encode() for b in attendu.bordereaux for ref in b.pj_refs}
    assert pjs(refait.octets) == {nom: pj for nom, pj in pjs(octets).items() if nom in utiles}
    # Totals are those of what remains.
    annonces = re.findall(rb'<MtBordH[tT] V="([^"]+)"', refait.octets)
    assert sum(map(float, annonces)) == total(attendu)
    nombres = [int(n) for n in re.findall(rb'<NbrPce V="(\d+)"', refait.octets)]
    assert sum(nombres) == len(restent)
    # The twin of the new one is the old twin less the records of what was left out.
    parties = {(piece[3], piece[4]) for piece in otees}
    reduits = {
        famille: [r for r in records if (r["bordereau.numero"], r["piece.numero"]) not in parties]
        for famille, records in jumeau(document).items()
    }
    assert jumeau(refait.document) == {nom: records for nom, records in reduits.items() if records}


@given(graine=st.integers(0, 10**6), choix=st.data())
@settings(max_examples=15)
def test_deux_reductions_font_la_meme(graine: int, choix: st.DataObject) -> None:
    """A replacement that is replaced: the order of what is left out does not matter."""
    octets = tirer(Random(graine), Domaine.DEPENSE, graine % 1000)  # noqa: S311
    with tempfile.TemporaryDirectory() as nom:
        dossier = Path(nom)
        for sous in ("un", "deux", "suite"):
            (dossier / sous).mkdir()
        document = lire(Atelier(dossier / "un", octets).source)
        toutes = [nom_de((*cle_de(b), p.numero)) for b in document.bordereaux for p in b.pieces]
        otees = choix.draw(st.lists(st.sampled_from(toutes), unique=True, max_size=len(toutes) - 1))
        coupe = choix.draw(st.integers(0, len(otees)))
        ensemble = Atelier(dossier / "un", octets).refaire(*otees)
        premier = Atelier(dossier / "deux", octets).refaire(*otees[:coupe])
        suivant = Atelier(dossier / "suite", premier.octets).refaire(*otees[coupe:])
    assert suivant.octets == ensemble.octets
    assert Counter(p.numero for b in suivant.document.bordereaux for p in b.pieces) == Counter(
        p.numero for b in ensemble.document.bordereaux for p in b.pieces
    )
