"""Layouts: the shipped ones hold, and every defect is found when they are loaded, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.partage import DONNEES
from tests.unit.indigo.exemples import BROUILLON, FICTIF, LIGNE, mini, placer, profil, zone
from vaguemestre.errors import ConfigurationError
from vaguemestre.indigo.dessins import charger, disponibles, livres

SCHEMA = FICTIF.parent / "dessin.schema.json"


def test_shipped_layouts_load_and_say_what_they_are() -> None:
    par_nom = {dessin.nom: dessin for dessin in disponibles()}
    assert set(par_nom) == {"fictif-essai", "brouillon-clara-nc"}
    fictif, brouillon = par_nom["fictif-essai"], par_nom["brouillon-clara-nc"]
    assert (fictif.statut, fictif.manques, fictif.transmissible) == ("fictional", (), False)
    assert (brouillon.statut, brouillon.transmissible) == ("draft", False)
    assert len(brouillon.manques) > 50


def test_the_two_reported_facts_are_kept() -> None:
    for dessin in charger(FICTIF).dessins:
        service, inventaire = (
            dessin.zone_de("ligne.code_service"),
            dessin.zone_de("ligne.num_inventaire"),
        )
        assert service is not None
        assert inventaire is not None
        assert (service.debut, service.fin, inventaire.longueur) == (261, 270, 25)
    for dessin in charger(BROUILLON).dessins[:2]:
        places = [z for z in dessin.zones if z.debut]
        assert [(z.source, z.debut, z.longueur) for z in places] == [
            ("ligne.code_service", 261, 10)
        ]


@pytest.mark.parametrize("path", livres(), ids=lambda path: path.stem)
def test_shipped_layouts_obey_the_published_schema(path: Path) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(path.read_text("utf-8")), schema)


def test_layouts_of_the_reference_load() -> None:
    dossier = DONNEES.parent / "reference" / "indigo-layouts"
    if not dossier.exists():
        pytest.skip("dessins de référence absents : shared/reference/indigo-layouts")
    assert charger(dossier / "indigo_profile_fictional_tests.json").longueur == 640
    assert charger(dossier / "indigo_profile_draft_clara_nc.json").statut == "draft"


Defaut = Callable[[dict[str, Any]], None]


def _champ(nom: str, **valeurs: Any) -> Defaut:
    def abimer(brut: dict[str, Any]) -> None:
        for champ in brut["records"][0]["fields"]:
            if champ["name"] == nom:
                champ.update(valeurs)

    return abimer


def _fichier(**valeurs: Any) -> Defaut:
    return lambda brut: brut["file"].update(valeurs)


def _ajouter(**valeurs: Any) -> Defaut:
    def abimer(brut: dict[str, Any]) -> None:
        debut = brut["file"]["record_length"] + 1
        champ = {"confidence": "assumed", "start": debut, "length": 4, **valeurs}
        brut["records"][0]["fields"].append(champ)
        brut["file"]["record_length"] += champ["length"]

    return abimer


def _retirer(nom: str) -> Defaut:
    def abimer(brut: dict[str, Any]) -> None:
        champs = brut["records"][0]["fields"]
        rang = next(i for i, champ in enumerate(champs) if champ["name"] == nom)
        ancien = champs[rang]
        champs[rang] = {
            "name": nom,
            "type": "FILLER",
            "confidence": "assumed",
            "start": ancien["start"],
            "length": ancien["length"],
        }

    return abimer


def _second(**valeurs: Any) -> Defaut:
    def abimer(brut: dict[str, Any]) -> None:
        copie = deepcopy(brut["records"][0])
        copie.update(id="AUTRE", **valeurs)
        brut["records"].append(copie)

    return abimer


def _valider(**valeurs: Any) -> Defaut:
    def abimer(brut: dict[str, Any]) -> None:
        brut["status"] = "validated"
        brut["authority"] = {
            "kind": "dfip_letter",
            "reference": "Lettre 2026-17",
            "validated_by": "A. Dupont",
            "validated_on": "2026-05-04",
            **valeurs,
        }

    return abimer


def _sans_signe(brut: dict[str, Any]) -> None:
    for champ in brut["records"][0]["fields"]:
        if champ["type"] == "S9":
            champ["sign"] = "none"


@pytest.mark.parametrize(
    ("abimer", "dit"),
    [
        (_champ("piece", start=None), "piece : position ou longueur inconnue"),
        (_champ("piece", length=None), "piece : position ou longueur inconnue"),
        (_champ("piece", length=9), "piece et ligne se chevauchent"),
        (_champ("piece", length=7), "trou de 20 à 20 avant ligne"),
        (_fichier(record_length=700), "record_length dit 700"),
        (_champ("marque", value="LL"), "dépasse 1 octets"),
        (_champ("marque", value=""), "une constante sans valeur"),
        (_champ("marque", value="é"), "ASCII"),
        (_champ("marque", source="piece.numero"), "n'a pas de source"),
        (_champ("tiers", value="X"), "ne va qu'avec le type CONST"),
        (_champ("tiers", source="tiers.surnom"), "« tiers.surnom » n'existe pas"),
        (_champ("tiers", source=None), "aucune source"),
        (_champ("tiers", type="S9"), "n'est pas un montant"),
        (_champ("tiers", type="D", date_format="%Y%m%d"), "n'est pas une date"),
        (_champ("tiers", sign="leading"), "ne va qu'avec le type S9"),
        (_champ("tiers", date_format="%Y"), "ne va qu'avec le type D"),
        (_champ("tiers", pad="é"), "remplissage"),
        (_champ("tiers", pad="0"), "se confondrait"),
        (_champ("piece", pad="7"), "comme un chiffre"),
        (_champ("piece", align="left", pad="0"), "se confondrait"),
        (_champ("piece", overflow="truncate"), "seul un texte"),
        (_champ("piece", codes={"1": "un"}), "« codes » ne va qu'avec le type X"),
        (_champ("tiers", codes={"A" * 39: "trop"}), "dépasse 38 octets"),
        (_champ("tiers", map={"1": "A", "2": "A"}), "deux fois la même valeur"),
        (_champ("tiers", map={"1": "A"}, codes={"B": "b"}), "absent de « codes »"),
        (_champ("ht", sign=None), "écriture du signe inconnue"),
        (_champ("ht", sign="overpunch", align="left"), "signe perforé"),
        (_champ("ht", sign="separate_field"), "signe dans une zone à part"),
        (_sans_signe, "rien n'écrit le signe"),
        (_retirer("piece"), "« piece.numero » n'est écrit nulle part"),
        (_ajouter(name="d", type="D", source="bordereau.date_emission"), "format de date inconnu"),
        (
            _ajouter(name="d", type="D", source="bordereau.date_emission", date_format="%A"),
            "seuls %Y",
        ),
        (
            _ajouter(name="d", type="D", source="bordereau.date_emission", date_format="%Y%m%d"),
            "ne fait pas 4 octets",
        ),
        (_ajouter(name="d", type="9", source="bordereau.date_emission"), "utiliser D"),
        (_ajouter(name="m", type="X", source="ligne.montant_ht"), "utiliser 9, S9 ou D"),
        (_ajouter(name="tiers", type="X", source="tiers.prenom"), "deux zones s'appellent tiers"),
        (
            _ajouter(name="s", type="S9", source="ligne.montant_ttc", sign="leading", length=1),
            "place",
        ),
        (
            lambda b: b["records"][0]["discriminator"].update(value="Z"),
            "aucune constante n'écrit le discriminant Z",
        ),
        (lambda b: b["records"][0]["discriminator"].update(value="LL"), "longueur 1"),
        (_second(), "discriminants absents, égaux"),
        (_second(discriminator=None), "discriminants absents, égaux"),
        (lambda b: b["records"].append(deepcopy(b["records"][0])), "s'appellent LIGNE"),
        (lambda b: b["records"][0].update(per="bordereau"), "n'est pas connue"),
        (lambda b: b["records"][0].update(per="file"), "ni en-tête ni queue"),
        (_fichier(header_record="TETE"), "aucun enregistrement ne s'appelle TETE"),
        (_fichier(trailer_record="LIGNE"), "doit être écrit par fichier"),
        (_fichier(encoding="klingon"), "inconnu ou incompatible"),
        (_fichier(encoding="utf-16"), "inconnu ou incompatible"),
        (_fichier(encoding=None), "file.encoding : valeur inconnue"),
        (_fichier(eol=None), "file.eol : valeur inconnue"),
        (_fichier(currency={"code": "EUR", "decimals": 3, "unit": "cent"}), "centièmes"),
        (_fichier(name_pattern="ESSAI_{famille.__class__}.txt"), "inconnu"),
        (_fichier(name_pattern="ESSAI_{famille!r}.txt"), "conversion"),
        (_fichier(name_pattern="ESSAI_{famille"), "name_pattern"),
        (_fichier(name_pattern="ESSAI_/{famille}"), "lettres, chiffres"),
        (_fichier(name_pattern="ESSAI_{sequence:>9}{famille}"), "largeur"),
        (
            lambda b: (
                _fichier(name_pattern="ESSAI_{sequence}.txt")(b),
                _second(family="TITRE")(b),
            ),
            "demande {famille}",
        ),
        (_fichier(name_pattern="{famille}.txt"), "commence par ESSAI_"),
        (
            _fichier(one_file_per="bordereau", name_pattern="ESSAI_{famille}.txt"),
            "demande {bordereau}",
        ),
        (_valider(kind="test"), "reposer sur « test »"),
        (_valider(reference=" "), "nomme sa référence"),
        (_valider(validated_by=None), "nomme la personne"),
        (_valider(validated_on=None), "porte une date"),
        (lambda b: (_valider()(b), _champ("tiers", confidence="unknown")(b)), "zone inconnue"),
        (lambda b: b.update(couleur="bleu"), "clé inconnue « couleur »"),
        (lambda b: b.pop("authority"), "clé manquante « authority »"),
        (_champ("piece", start=0), "records.1.fields.4.start » : 1 au moins"),
        (_champ("piece", type="Z"), "une de ces valeurs est attendue"),
        (_champ("piece", name=3), "un texte est attendu"),
        (lambda b: b["records"].clear(), "la liste est vide"),
    ],
)
def test_every_defect_is_found(tmp_path: Path, abimer: Defaut, dit: str) -> None:
    brut = mini()
    abimer(brut)
    with pytest.raises(ConfigurationError, match="dessin INDIGO") as erreur:
        profil(tmp_path, brut)
    assert dit in erreur.value.message


def test_all_defects_at_once(tmp_path: Path) -> None:
    brut = mini()
    for abimer in (_champ("tiers", source="x.y"), _fichier(encoding="klingon"), _second()):
        abimer(brut)
    with pytest.raises(ConfigurationError, match=r"x\.y") as erreur:
        profil(tmp_path, brut)
    assert "klingon" in erreur.value.message
    assert "discriminants" in erreur.value.message


def test_a_validated_layout_may_be_sent(tmp_path: Path) -> None:
    brut = mini()
    _valider()(brut)
    assert profil(tmp_path, brut).transmissible


def test_a_draft_is_judged_on_what_it_states(tmp_path: Path) -> None:
    brut = mini()
    brut["status"] = "draft"
    brut["file"] = {"record_length": None}
    for champ in brut["records"][0]["fields"][1:]:
        champ.update(start=None, length=None)
    assert profil(tmp_path, brut).manques
    _champ("tiers", source="tiers.surnom")(brut)
    with pytest.raises(ConfigurationError, match="surnom"):
        profil(tmp_path, brut)


def test_records_outside_the_pes_are_controlled_but_kept(tmp_path: Path) -> None:
    brut = mini()
    champs = list(placer((zone("n", "X", brut["file"]["record_length"], "bien.numero"),)))
    brut["records"].append({"id": "BIEN", "family": "INVENTAIRE", "per": "bien", "fields": champs})
    assert len(profil(tmp_path, brut).dessins) == 2


@pytest.mark.parametrize("contenu", [b"", b"{", b"[]", b"\xff", b"null"])
def test_a_file_that_is_no_layout(tmp_path: Path, contenu: bytes) -> None:
    chemin = tmp_path / "x.json"
    chemin.write_bytes(contenu)
    with pytest.raises(ConfigurationError):
        charger(chemin)
    with pytest.raises(ConfigurationError, match="illisible"):
        charger(tmp_path / "absent.json")


def test_the_example_is_whole() -> None:
    assert sum(champ["length"] for champ in LIGNE) == mini()["file"]["record_length"]
