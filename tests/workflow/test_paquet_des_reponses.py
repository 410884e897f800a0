"""An official pack, once added, judges the answers too; a broken one stops none of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.partage import donnees
from tests.workflow.chaine import Chaine
from tests.workflow.test_retours import a_voir
from vaguemestre.domain.flux import Etat
from vaguemestre.workflows.schemas import paquet_des_reponses


def test_sans_paquet_c_est_le_notre(ligne: Chaine) -> None:
    assert paquet_des_reponses(ligne.maison.config) is None


@pytest.mark.parametrize("casse", [False, True])
def test_le_paquet_juge_les_acquits(casse: bool, ligne: Chaine) -> None:
    source = donnees("pes-xsd") / "schemas_pes_v5.17"
    config = ligne.maison.config
    pack = config.chemin(config.pes.schemas) / "5.17"
    shutil.copytree(next(source.rglob("PES_V2/Rev0/PES_Aller.xsd")).parents[2], pack)
    assert paquet_des_reponses(config) == pack
    acquits: list[Path] = list(pack.rglob("PES_V2_Acquit_Autonome*.xsd"))
    assert acquits
    for xsd in acquits if casse else ():
        xsd.write_text("<coupe", "utf-8")
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux).replace(b"</ACQUIT>", b"<Inconnu/></ACQUIT>"))
    assert ligne.etat(flux) is Etat.ARCHIVE
    # Either of the two schemas sees it.
    assert [r.remarque for r in a_voir(ligne)] == ["hors_schema"]
    (etape,) = [e for e in ligne.maison.registre.historique(flux) if e.etape == "recevoir"]
    regles = {a["regle"] for a in etape.resultat["anomalies"]}
    assert ("reponse.schema" in regles) is casse
    assert any(regle.startswith("xsd.") for regle in regles)
