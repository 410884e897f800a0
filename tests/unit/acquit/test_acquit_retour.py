"""PES_ACQUIT_RETOUR: what is written answers the retour that was read, and is valid."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.unit.acquit.test_retour import mandat, retour
from vaguemestre.domain.acquits import Acquit, RetourRecu
from vaguemestre.domain.comptable import EnTete, Enveloppe
from vaguemestre.errors import DocumentError
from vaguemestre.pes.acquit import lire_reponse
from vaguemestre.pes.acquit_retour import octets_acquit_retour
from vaguemestre.pes.retour import LectureRetour

JOUR = date(2026, 1, 6)
ENTETE = EnTete(
    date_production=JOUR,
    id_poste="034001",
    id_collectivite="21980000000016",
    code_collectivite="042",
    code_budget="00",
)


def test_the_answer_to_a_retour(tmp_path: Path) -> None:
    fichier = tmp_path / "retour.xml"
    fichier.write_bytes(retour("Depense", mandat("04")))
    lecture = LectureRetour(fichier)
    assert len(list(lecture.pieces())) == 1
    octets = octets_acquit_retour(Enveloppe(nom_fichier="AR_R1"), ENTETE, lecture.recus(JOUR))
    assert octets == octets_acquit_retour(
        Enveloppe(nom_fichier="AR_R1"), ENTETE, lecture.recus(JOUR)
    )
    assert (
        b'<DomaineAckRetour V="13"/><NomFichierRetour V="R1"/><TypRestit V="02"/>'
        b'<DateAcquit V="2026-01-06"/>'
    ) in octets
    reponse = tmp_path / "ar.xml"
    reponse.write_bytes(octets)
    lu = lire_reponse(reponse)
    assert isinstance(lu, Acquit)
    assert (lu.type, lu.nomfic, lu.cod_col, lu.etat) == ("acquit_retour", "AR_R1", "042", "accepte")
    assert [element.ref for element in lu.elements] == ["R1"]
    assert lu.anomalies == ()


def test_a_value_that_does_not_fit_is_refused_with_its_place() -> None:
    recu = RetourRecu(code_domaine="13", nomfic="R1", restitution="AA", date=JOUR)
    with pytest.raises(DocumentError) as refus:
        octets_acquit_retour(Enveloppe(nom_fichier="AR"), ENTETE, [recu])
    assert [anomalie.valeur for anomalie in refus.value.anomalies] == ["AA"]
    with pytest.raises(DocumentError, match="rien à acquitter"):
        octets_acquit_retour(Enveloppe(nom_fichier="AR"), ENTETE, [])
