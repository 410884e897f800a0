"""Parity: each planted difference between PES and INDIGO is found and blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.indigo.exemples import (
    FICTIF,
    LIGNE,
    bordereau,
    exemple,
    mandat,
    mini,
    modifier,
    pes,
    placer,
    profil,
    titre,
    zone,
)
from vaguemestre.domain.comptable import Domaine, PesAller
from vaguemestre.errors import Anomalie
from vaguemestre.indigo.convert import FichierIndigo, convertir
from vaguemestre.indigo.dessins import Profil, charger
from vaguemestre.indigo.parite import comparer


def fichiers(envoi: PesAller, dessin: Profil) -> tuple[FichierIndigo, ...]:
    return convertir(envoi, dessin, sequence=1, monnaie="XPF")


def regles(anomalies: tuple[Anomalie, ...]) -> set[str]:
    assert all(anomalie.bloquante for anomalie in anomalies)
    return {anomalie.regle.removeprefix("indigo.parite.") for anomalie in anomalies}


def test_a_faithful_twin_has_no_difference() -> None:
    dessin = charger(FICTIF)
    assert comparer(exemple(), fichiers(exemple(), dessin), dessin) == ()


def _premier_mandat(envoi: PesAller, **valeurs: Any) -> PesAller:
    premier = envoi.bordereaux[0]
    pieces = (replace(premier.pieces[0], **valeurs), *premier.pieces[1:])
    return replace(envoi, bordereaux=(replace(premier, pieces=pieces), *envoi.bordereaux[1:]))


def _premiere_ligne(envoi: PesAller, **valeurs: Any) -> PesAller:
    lignes = envoi.bordereaux[0].pieces[0].lignes
    return _premier_mandat(envoi, lignes=(replace(lignes[0], **valeurs), *lignes[1:]))


def _premier_bordereau(envoi: PesAller, **valeurs: Any) -> PesAller:
    return replace(
        envoi, bordereaux=(replace(envoi.bordereaux[0], **valeurs), *envoi.bordereaux[1:])
    )


@pytest.mark.parametrize(
    ("abimer", "attendues"),
    [
        (lambda e: modifier(e, "1001"), {"ht", "total"}),
        (lambda e: _premiere_ligne(e, montant_tva=Decimal(111)), {"tva"}),
        (lambda e: _premiere_ligne(e, montant_tva=None), {"tva"}),
        (lambda e: _premier_bordereau(e, type="02"), {"signe"}),
        (lambda e: _premier_mandat(e, service="AUTRE"), {"service"}),
        (lambda e: _premiere_ligne(e, liens=None), {"inventaire"}),
        (lambda e: _premiere_ligne(e, numero=9), {"absente", "en_trop"}),
        (lambda e: _premier_mandat(e, numero=999), {"absente", "en_trop"}),
        (
            lambda e: _premier_bordereau(e, numero=999),
            {"absente", "en_trop", "nombre", "total"},
        ),
        (lambda e: replace(e, bordereaux=e.bordereaux[:-1]), {"absente", "nombre", "total"}),
        (
            lambda e: _premier_bordereau(e, pieces=e.bordereaux[0].pieces[:1]),
            {"absente", "nombre", "total"},
        ),
        (
            lambda e: _premiere_ligne(
                e, tiers=(replace(e.bordereaux[1].pieces[0].lignes[0].tiers[0]),)
            ),
            {"tiers"},
        ),
    ],
)
def test_each_planted_difference_is_found(
    abimer: Callable[[PesAller], PesAller], attendues: set[str]
) -> None:
    """INDIGO made from another PES than the one that is sent."""
    dessin = charger(FICTIF)
    autre = fichiers(abimer(exemple()), dessin)
    trouvees = comparer(exemple(), autre, dessin)
    assert regles(trouvees) == attendues
    assert all(anomalie.conseil and anomalie.ref for anomalie in trouvees)


def test_a_line_too_many_or_twice() -> None:
    dessin = charger(FICTIF)
    depense, recette = fichiers(exemple(), dessin)
    double = replace(depense, contenu=depense.contenu + depense.contenu[:642])
    assert regles(comparer(exemple(), (double, recette), dessin)) == {"doublon"}
    sans_depense = replace(exemple(), bordereaux=exemple().bordereaux[1:])
    assert regles(comparer(sans_depense, (depense, recette), dessin)) == {
        "en_trop",
        "nombre",
        "total",
    }


def test_two_lines_of_one_number_in_the_pes() -> None:
    base = mandat(1, "10", "20")
    meme = replace(base, lignes=tuple(replace(ligne, numero=1) for ligne in base.lignes))
    envoi = pes(bordereau(Domaine.DEPENSE, 1, meme))
    dessin = charger(FICTIF)
    assert "doublon" in regles(comparer(envoi, fichiers(envoi, dessin), dessin))


def test_a_byte_changed_after_the_conversion() -> None:
    dessin = charger(FICTIF)
    depense, recette = fichiers(exemple(), dessin)
    debut = next(z.debut for z in dessin.dessins[1].zones if z.source == "ligne.montant_ht")
    octets = bytearray(depense.contenu)
    octets[debut - 1] = ord("7")
    assert regles(
        comparer(exemple(), (replace(depense, contenu=bytes(octets)), recette), dessin)
    ) == {"ht", "total"}


def test_a_file_that_cannot_be_read_blocks() -> None:
    dessin = charger(FICTIF)
    depense, recette = fichiers(exemple(), dessin)
    coupe = replace(depense, contenu=depense.contenu[:-5])
    trouvees = comparer(exemple(), (coupe, recette), dessin)
    assert {"lecture", "absente"} <= regles(trouvees)
    assert trouvees[0].ref == depense.nom


def test_a_name_is_the_same_whatever_its_dress(tmp_path: Path) -> None:
    """Accents, capitals, doubled blanks and a cut by the layout are no difference."""
    champs = tuple(
        {**champ, "overflow": "truncate", "length": 12} if champ["name"] == "tiers" else champ
        for champ in LIGNE
    )
    brut = mini(*champs)
    brut["file"]["charset_policy"] = "upper_no_accent"
    dessin = profil(tmp_path, brut)
    envoi = pes(bordereau(Domaine.DEPENSE, 1, mandat(1, "10", nom="Crèche  du Récif bleu")))
    assert comparer(envoi, fichiers(envoi, dessin), dessin) == ()


@pytest.mark.parametrize("signe", ["leading", "trailing", "overpunch"])
def test_the_sign_is_read_where_the_layout_writes_it(tmp_path: Path, signe: str) -> None:
    champs = tuple({**champ, "sign": signe} if champ["name"] == "ht" else champ for champ in LIGNE)
    dessin = profil(tmp_path, mini(*champs))
    ordinaire = pes(bordereau(Domaine.DEPENSE, 1, mandat(1, "10")))
    annule = pes(bordereau(Domaine.DEPENSE, 1, mandat(1, "10"), type_="02"))
    assert comparer(annule, fichiers(annule, dessin), dessin) == ()
    assert regles(comparer(annule, fichiers(ordinaire, dessin), dessin)) == {"signe"}


def test_a_layout_that_writes_the_type_only(tmp_path: Path) -> None:
    champs = tuple({**champ, "sign": "none"} if champ["type"] == "S9" else champ for champ in LIGNE)
    dessin = profil(tmp_path, mini(*champs, zone("ty", "X", 2, "bordereau.type")))
    ordinaire = pes(bordereau(Domaine.DEPENSE, 1, mandat(1, "10")))
    annule = pes(bordereau(Domaine.DEPENSE, 1, mandat(1, "10"), type_="02"))
    assert comparer(annule, fichiers(annule, dessin), dessin) == ()
    assert regles(comparer(annule, fichiers(ordinaire, dessin), dessin)) == {"signe"}


def test_a_layout_by_piece_is_compared_by_piece(tmp_path: Path) -> None:
    champs = (
        *LIGNE[:4],
        zone("ht", "S9", 16, "piece.montant_ht", sign="trailing"),
        zone("tva", "S9", 16, "piece.montant_tva", sign="trailing"),
    )
    brut = mini(*champs)
    brut["records"][0]["per"] = "piece"
    brut["records"][0]["fields"] = list(placer(champs))
    dessin = profil(tmp_path, brut)
    envoi = pes(bordereau(Domaine.DEPENSE, 1, mandat(1, "10", "20"), mandat(2, "5")))
    jumeaux = fichiers(envoi, dessin)
    assert jumeaux[0].enregistrements == 2
    assert comparer(envoi, jumeaux, dessin) == ()
    autre = pes(bordereau(Domaine.DEPENSE, 1, mandat(1, "10", "21"), mandat(2, "5")))
    assert regles(comparer(autre, jumeaux, dessin)) == {"ht", "total"}


def test_both_families_in_one_file(tmp_path: Path) -> None:
    brut = mini()
    brut["file"].update(one_file_per="budget", name_pattern="ESSAI_{sequence}")
    recette = mini(famille="TITRE")["records"][0]
    recette.update(id="TITRE", discriminator={"start": 1, "length": 1, "value": "T"})
    recette["fields"][0]["value"] = "T"
    brut["records"].append(recette)
    dessin = profil(tmp_path, brut)
    envoi = pes(
        bordereau(Domaine.DEPENSE, 1, mandat(1, "10")), bordereau(Domaine.RECETTE, 1, titre(1, "5"))
    )
    (fichier,) = fichiers(envoi, dessin)
    assert (fichier.famille, fichier.enregistrements) == ("MANDAT+TITRE", 2)
    assert comparer(envoi, (fichier,), dessin) == ()
