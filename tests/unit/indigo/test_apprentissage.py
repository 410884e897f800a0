"""`indigo learn`: hidden layouts are found again, and nothing wrong is called proved."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.indigo.exemples import FICTIF, bordereau, mandat, mini, pes, placer, profil, zone
from tests.unit.indigo.hasard import Bilan, cas, document, genres_de, juger, paires_de
from vaguemestre.domain.comptable import Domaine, Ligne, Mandat, PesAller
from vaguemestre.errors import DocumentError, IllisibleError
from vaguemestre.indigo.apprentissage import apprendre, empreinte, en_json
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.dessins import Profil, charger
from vaguemestre.indigo.profil import ProfilJson, ZoneJson
from vaguemestre.indigo.structure import Paire
from vaguemestre.indigo.validation import eprouver

SCHEMA = json.loads((FICTIF.parent / "dessin.schema.json").read_text("utf-8"))


def ecrire(dossier: Path, appris: ProfilJson) -> Profil:
    """The draft as a file, judged by the loader and by the published schema."""
    document_ = en_json(appris)
    jsonschema.validate(document_, SCHEMA)
    chemin = dossier / "brouillon.json"
    chemin.write_text(json.dumps(document_), encoding="utf-8")
    return charger(chemin)


def bilan(appris: ProfilJson, vrai: Profil, paires: Sequence[Paire]) -> Bilan:
    return juger(appris, vrai, genres_de(paires, vrai))


def tires(graine: int, nombre: int, **autres: Any) -> list[PesAller]:
    r = random.Random(graine)  # noqa: S311
    return [document(r, **autres) for _ in range(nombre)]


def test_the_shipped_fictional_layout_is_recovered(tmp_path: Path) -> None:
    vrai = charger(FICTIF)
    envois = tires(7, 5, domaines=tuple(Domaine))
    paires = paires_de(envois[:4], vrai)
    appris = apprendre(paires, nom="appris")
    trouve = bilan(appris, vrai, paires)
    assert (trouve.manquees, trouve.fausses) == ([], [])
    assert trouve.attendues > 25
    assert trouve.prouvees > 10
    assert trouve.ouvertes_trouvees >= 0.9 * trouve.ouvertes
    assert (appris.status, appris.file.eol, appris.file.record_length) == ("draft", "CRLF", 640)
    assert appris.file.charset_policy == "upper_no_accent"
    epreuves = eprouver(ecrire(tmp_path, appris), paires_de(envois[4:], vrai))
    assert [e.egale for e in epreuves] == [True, True], [e.raison for e in epreuves]


def perfore() -> dict[str, Any]:
    """Another order, hundredths, overpunched signs, two-digit years, a text that is cut."""
    brut = mini(
        zone("tiers", "X", 38, "tiers.nom"),
        zone("marque", "CONST", 3, value="#L7"),
        zone("ttc", "S9", 13, "ligne.montant_ttc", sign="overpunch"),
        zone("piece", "9", 5, "piece.numero", pad=" "),
        zone("emission", "D", 6, "bordereau.date_emission", date_format="%y%m%d"),
        zone("objet", "X", 26, "piece.objet", overflow="truncate"),
        zone("ht", "S9", 12, "ligne.montant_ht", sign="overpunch"),
        zone("nature", "X", 8, "ligne.nature", align="right"),
        zone("bordereau", "9", 6, "bordereau.numero"),
        zone("exercice", "9", 4, "bordereau.exercice"),
        zone("ligne", "9", 3, "ligne.numero"),
        zone("type", "X", 2, "bordereau.type"),
    )
    brut["file"].update(currency={"code": "XPF", "decimals": 0, "unit": "cent"}, eol="CRLF")
    brut["records"][0]["discriminator"] = None
    return brut


def condense() -> dict[str, Any]:
    """Header, bordereau, pièce, ligne, trailer; packed numbers and dates; nothing between."""
    genres = {
        "TETE": ("file", [zone("m", "CONST", 2, value="00"), zone("c", "X", 14, "entete.id_coll")]),
        "BORD": (
            "bordereau",
            [
                zone("m", "CONST", 2, value="10"),
                zone("ex", "9", 4, "bordereau.exercice"),
                zone("no", "9", 4, "bordereau.numero", usage="packed"),
                zone("ty", "X", 2, "bordereau.type"),
                zone("ht", "S9", 8, "bordereau.montant_ht", usage="packed"),
            ],
        ),
        "PIECE": (
            "piece",
            [
                zone("m", "CONST", 2, value="20"),
                zone("no", "9", 3, "piece.numero", usage="bcd"),
                zone("ech", "D", 5, "piece.date_echeance", date_format="%Y%m%d", usage="packed"),
                zone("ob", "X", 40, "piece.objet", overflow="truncate"),
            ],
        ),
        "LIGNE": (
            "ligne",
            [
                zone("m", "CONST", 2, value="30"),
                zone("ht", "S9", 7, "ligne.montant_ht", usage="packed"),
                zone("nom", "X", 38, "tiers.nom"),
                zone("cp", "X", 5, "tiers.adresse.cp"),
                zone("no", "9", 2, "ligne.numero"),
            ],
        ),
        "FIN": (
            "file",
            [
                zone("m", "CONST", 2, value="99"),
                zone("n", "9", 6, "fichier.nombre_enregistrements"),
                zone("ht", "S9", 9, "fichier.montant_ht", usage="packed"),
            ],
        ),
    }
    brut = mini()
    longueur = max(sum(c["length"] for c in champs) for _, champs in genres.values())
    brut["file"].update(
        record_length=longueur,
        eol="NONE",
        header_record="TETE",
        trailer_record="FIN",
        currency={"code": "EUR", "decimals": 2, "unit": "cent"},
    )
    brut["records"] = []
    for nom, (par, champs) in genres.items():
        manque = longueur - sum(c["length"] for c in champs)
        complets = [*champs, *([zone("fin", "FILLER", manque)] if manque else [])]
        brut["records"].append(
            {
                "id": nom,
                "family": "MANDAT",
                "per": par,
                "discriminator": {"start": 1, "length": 2, "value": champs[0]["value"]},
                "fields": list(placer(tuple(complets))),
            }
        )
    return brut


def ebcdic() -> dict[str, Any]:
    """A mainframe file: EBCDIC, signs in front, blanks before numbers, parts of the RIB."""
    brut = mini(
        zone("exercice", "9", 4, "bordereau.exercice"),
        zone("bordereau", "9", 7, "bordereau.numero", pad=" "),
        zone("ht", "S9", 14, "ligne.montant_ht", sign="leading"),
        zone("tva", "S9", 14, "ligne.montant_tva", sign="leading"),
        zone("etab", "X", 5, "tiers.banque.etablissement"),
        zone("guichet", "X", 5, "tiers.banque.guichet"),
        zone("compte", "X", 11, "tiers.banque.numero"),
        zone("cle", "X", 2, "tiers.banque.cle"),
        zone("piece", "9", 8, "piece.numero"),
        zone("ligne", "9", 4, "ligne.numero"),
        zone("echeance", "D", 8, "piece.date_echeance", date_format="%d%m%Y"),
        zone("ville", "X", 40, "tiers.adresse.ville"),
    )
    brut["file"].update(encoding="cp500", charset_policy="upper_no_accent")
    brut["records"][0]["discriminator"] = None
    return brut


@pytest.mark.parametrize(
    ("invente", "fractions"), [(perfore, False), (condense, True), (ebcdic, False)]
)
def test_three_invented_layouts_are_recovered(
    invente: Callable[[], dict[str, Any]], fractions: bool, tmp_path: Path
) -> None:
    vrai = profil(tmp_path, invente())
    envois = tires(11, 6, fractions=fractions, pieces=40)
    paires = paires_de(envois[:5], vrai)
    appris = apprendre(paires, nom="appris")
    trouve = bilan(appris, vrai, paires)
    assert (trouve.manquees, trouve.fausses) == ([], [])
    assert trouve.attendues >= 3
    assert trouve.prouvees >= 3
    epreuves = eprouver(ecrire(tmp_path, appris), paires_de(envois[5:], vrai))
    assert [e.egale for e in epreuves] == [True], [e.raison for e in epreuves]


@pytest.mark.parametrize("graine", [1, 4, 6, 12, 22])
def test_random_layouts_are_recovered(graine: int, tmp_path: Path) -> None:
    """A few seeds of a campaign that is run by hand over hundreds of them."""
    tire = cas(graine, tmp_path)
    appris = apprendre(tire.paires, nom="appris")
    trouve = bilan(appris, tire.vrai, tire.paires)
    assert trouve.fausses == []
    assert trouve.manquees == []
    assert trouve.attendues
    assert trouve.prouvees


def test_same_pairs_same_draft(tmp_path: Path) -> None:
    tire = cas(3, tmp_path, pieces=12, nombre=2)
    assert apprendre(tire.paires, nom="x") == apprendre(tire.paires, nom="x")


def test_what_bears_a_zone_out_is_written(tmp_path: Path) -> None:
    vrai = profil(tmp_path, mini())
    paires = paires_de(tires(2, 3), vrai)
    appris = apprendre(paires, nom="appris")
    assert appris.evidence is not None
    assert [p.indigo for p in appris.evidence.learned_from] == [
        empreinte(p.contenu) for p in paires
    ]
    assert [p.records for p in appris.evidence.learned_from] == [
        len(p.contenu) // (vrai.longueur + 1) for p in paires
    ]
    (record,) = appris.records
    total = sum(p.records for p in appris.evidence.learned_from)
    for lue in record.fields:
        assert lue.evidence is not None
        assert lue.evidence.records == total
        assert lue.evidence.pairs == (1, 2, 3)
        assert (lue.evidence.status == "guessed") == bool(lue.evidence.open)


# --- coincident values --------------------------------------------------------------------------


def simple(rang: int, **autres: Any) -> Mandat:
    base = mandat(1000 + 7 * rang, str(100 + 13 * rang), nom=f"Tiers {rang * 37}")
    ligne: Ligne = replace(base.lignes[0], montant_tva=None)
    return replace(base, lignes=(ligne,), **autres)


def appris_de(
    *champs: dict[str, Any], tmp_path: Path, **autres: Any
) -> tuple[list[Paire], ProfilJson]:
    """Seventy lines without TVA, one per pièce, and what is learned of a small layout."""
    fixes = (
        zone("exercice", "9", 4, "bordereau.exercice"),
        zone("bordereau", "9", 2, "bordereau.numero"),
        zone("type", "X", 2, "bordereau.type"),
    )
    brut = mini(*fixes, *champs)
    brut["records"][0]["discriminator"] = None
    brut["status"] = "draft"
    vrai = profil(tmp_path, brut)
    envois = [
        pes(
            bordereau(
                Domaine.DEPENSE,
                12 + n,
                *(simple(35 * n + r, **autres) for r in range(1, 36)),
                type_="02" if n else "01",
            )
        )
        for n in (0, 1)
    ]
    paires = [
        Paire(f"p{n}", envoi, "0" * 64, fichier.contenu)
        for n, envoi in enumerate(envois)
        for fichier in convertir(envoi, vrai, sequence=1, monnaie="XPF", epreuve=True)
    ]
    return paires, apprendre(paires, nom="x")


def coincidents(*champs: dict[str, Any], tmp_path: Path, **autres: Any) -> dict[str, ZoneJson]:
    """The zones that are learned, by source."""
    _, appris = appris_de(*champs, tmp_path=tmp_path, **autres)
    return {z.source or z.name: z for z in appris.records[0].fields}


def test_ht_and_ttc_that_are_equal_are_rivals(tmp_path: Path) -> None:
    lues = coincidents(
        zone("ht", "S9", 5, "ligne.montant_ht", sign="overpunch"),
        zone("nom", "X", 10, "tiers.nom"),
        tmp_path=tmp_path,
    )
    preuve = lues["ligne.montant_ht"].evidence
    assert preuve is not None
    assert preuve.status == "guessed"
    assert "source" in preuve.open
    assert any("ligne.montant_ttc" in rivale for rivale in preuve.rivals)
    assert any("piece.montant_ht" in rivale for rivale in preuve.rivals)


def test_the_first_document_that_parts_two_rivals_is_told(tmp_path: Path) -> None:
    """Two sources explained a zone; the layout takes one, and says when it had to."""
    paires, appris = appris_de(
        zone("nom", "X", 10, "tiers.nom"),
        zone("nature", "X", 2, "piece.nature"),
        tmp_path=tmp_path,
    )
    vrai = ecrire(tmp_path, appris)
    (choisie,) = (z for z in vrai.dessins[0].zones if z.debut == 19)
    assert {choisie.source, *choisie.rivales} >= {"piece.type", "piece.nature"}

    def rivales(envoi: PesAller) -> list[str]:
        (fait,) = convertir(envoi, vrai, sequence=1, monnaie="XPF", epreuve=True)
        return [a.message for a in fait.anomalies if a.regle == "indigo.rivale"]

    assert rivales(paires[0].pes) == []
    autre = pes(bordereau(Domaine.DEPENSE, 30, simple(1, nature="06"), simple(2, nature="06")))
    dites = rivales(autre)
    assert len(dites) == len(set(dites)) > 0
    assert any("« 06 »" in dite for dite in dites)


def test_the_beginning_of_a_value_that_never_varies_explains_nothing(tmp_path: Path) -> None:
    """« 1793 » stands there by chance: it is no bank cut short."""
    lues = coincidents(
        zone("marque", "CONST", 2, value="#M"),
        zone("nom", "X", 10, "tiers.nom"),
        zone("fixe", "CONST", 4, value="1793"),
        zone("vide", "FILLER", 5, pad="0"),
        zone("piece", "9", 8, "piece.numero"),
        tmp_path=tmp_path,
    )
    assert not [z for z in lues.values() if z.overflow == "truncate"]


def test_blanks_after_a_constant_belong_to_the_number_that_follows(tmp_path: Path) -> None:
    """Nothing else may claim them; the same for the zeros of a rate that is wider than usual."""
    lues = coincidents(
        zone("marque", "CONST", 2, value="#M"),
        zone("piece", "9", 9, "piece.numero", pad=" "),
        zone("nom", "X", 10, "tiers.nom"),
        tmp_path=tmp_path,
    )
    lue = lues["piece.numero"]
    assert (lue.start, lue.length, lue.align, lue.pad) == (11, 9, "right", " ")
    assert lue.evidence is not None
    assert lue.evidence.open == ("pad", "width")
    assert ((lue.evidence.width_min or 9), lue.evidence.width_max) == (4, 9)


def test_a_sign_that_no_amount_shows_is_told(tmp_path: Path) -> None:
    """« + » everywhere: the sign of the amount, or a zone of its own; either way a guess."""
    brut = mini(
        zone("exercice", "9", 4, "bordereau.exercice"),
        zone("bordereau", "9", 3, "bordereau.numero"),
        zone("ttc", "S9", 9, "ligne.montant_ttc", sign="leading"),
        zone("tva", "9", 7, "ligne.montant_tva"),
        zone("nom", "X", 38, "tiers.nom"),
    )
    brut["records"][0]["discriminator"] = None
    brut["status"] = "draft"
    vrai = profil(tmp_path, brut)
    envois = tires(9, 4)
    sans = [
        replace(e, bordereaux=tuple(replace(b, type="01") for b in e.bordereaux)) for e in envois
    ]
    paires = [
        Paire(f"p{rang}", envoi, "0" * 64, fichier.contenu)
        for rang, envoi in enumerate(sans)
        for fichier in convertir(envoi, vrai, sequence=1, monnaie="XPF", epreuve=True)
    ]
    appris = apprendre(paires, nom="x")
    lues = {z.source: z for z in appris.records[0].fields}
    for source in ("ligne.montant_ttc", "ligne.montant_tva"):
        preuve = lues[source].evidence
        assert preuve is not None
        assert preuve.status == "guessed"
        assert "sign" in preuve.open
        assert any("zone à part" in rival for rival in preuve.rivals)


def test_units_that_contradict_each_other_prove_no_amount(tmp_path: Path) -> None:
    """Zeros follow one total and not the other amounts: its unit, and its place, are a guess."""
    tire = cas(445, tmp_path)
    appris = apprendre(tire.paires, nom="appris")
    trouve = bilan(appris, tire.vrai, tire.paires)
    assert (trouve.manquees, trouve.fausses) == ([], [])
    assert appris.file.currency.unit == "unit"
    assert any("le plus fréquent est retenu" in note for note in appris.notes)


def test_a_date_that_equals_another_is_a_guess(tmp_path: Path) -> None:
    lues = coincidents(
        zone("nom", "X", 10, "tiers.nom"),
        zone("emission", "D", 8, "bordereau.date_emission", date_format="%Y%m%d"),
        tmp_path=tmp_path,
        date_echeance=date(2026, 2, 3),
    )
    preuve = lues["bordereau.date_emission"].evidence
    assert preuve is not None
    assert preuve.status == "guessed"
    assert any("piece.date_echeance" in rivale for rivale in preuve.rivals)


def test_a_rank_that_equals_a_number_is_a_guess(tmp_path: Path) -> None:
    brut = mini(
        zone("exercice", "9", 4, "bordereau.exercice"),
        zone("piece", "9", 2, "piece.numero"),
        zone("nom", "X", 10, "tiers.nom"),
    )
    brut["records"][0]["discriminator"] = None
    brut["status"] = "draft"
    vrai = profil(tmp_path, brut)
    pieces = [replace(simple(rang), numero=rang) for rang in range(1, 71)]
    envoi = pes(bordereau(Domaine.DEPENSE, 3, *pieces))
    (fichier,) = convertir(envoi, vrai, sequence=1, monnaie="XPF", epreuve=True)
    appris = apprendre([Paire("p", envoi, "0" * 64, fichier.contenu)], nom="x")
    lue = next(z for z in appris.records[0].fields if z.start == 5)
    assert lue.evidence is not None
    assert lue.evidence.status == "guessed"
    dits = " ".join((lue.source or "", *lue.evidence.rivals))
    assert "fichier.rang" in dits
    assert "piece.numero" in dits


def test_a_zone_that_no_source_explains_is_unknown_and_blocks(tmp_path: Path) -> None:
    vrai = profil(tmp_path, mini())
    paires = paires_de(tires(5, 3), vrai)
    r = random.Random(1)  # noqa: S311
    pas = vrai.longueur + 1
    bruitees = []
    for paire in paires:
        lignes = [paire.contenu[i : i + pas - 1] for i in range(0, len(paire.contenu), pas)]
        contenu = b"".join(ligne + f"{r.randint(0, 9999):04d}".encode() + b"\n" for ligne in lignes)
        bruitees.append(replace(paire, contenu=contenu))
    appris = apprendre(bruitees, nom="x")
    inconnue = appris.records[0].fields[-1]
    assert (inconnue.start, inconnue.length, inconnue.source) == (vrai.longueur + 1, 4, None)
    assert inconnue.evidence is not None
    assert inconnue.evidence.status == "unknown"
    brouillon = ecrire(tmp_path, appris)
    assert any("on ne sait pas" in manque for manque in brouillon.manques)
    with pytest.raises(Exception, match="brouillon"):
        convertir(paires[0].pes, brouillon, sequence=1, monnaie="XPF", epreuve=True)


def test_one_record_gives_only_guesses(tmp_path: Path) -> None:
    vrai = profil(tmp_path, mini())
    envoi = pes(bordereau(Domaine.DEPENSE, 12, mandat(832, "1234")))
    appris = apprendre(paires_de([envoi], vrai), nom="x")
    statuts = {z.evidence.status for r in appris.records for z in r.fields if z.evidence}
    assert statuts
    assert "proved" not in statuts


# --- bad input ----------------------------------------------------------------------------------


def test_no_pair_at_all() -> None:
    with pytest.raises(DocumentError, match="aucune paire"):
        apprendre([], nom="x")


Abimer = Callable[[list[Paire]], list[Paire]]


def _contenu(faire: Callable[[bytes], bytes]) -> Abimer:
    return lambda paires: [*paires[:-1], replace(paires[-1], contenu=faire(paires[-1].contenu))]


def _croiser(paires: list[Paire]) -> list[Paire]:
    """The last INDIGO file goes with another PES of as many lines."""
    autre = paires[-1].pes
    bordereaux = tuple(
        replace(
            b,
            numero=b.numero + 5000,
            date_emission=date(2019, 5, 6),
            pieces=tuple(
                replace(
                    p,
                    numero=p.numero + 50_000,
                    objet=f"Autre {rang}",
                    lignes=tuple(
                        replace(
                            x,
                            montant_ht=x.montant_ht + Decimal(777 + rang * 31),
                            montant_tva=Decimal(1000 + rang),
                            tiers=(replace(x.tiers[0], nom=f"Quelqu'un {rang * 91}"),),
                        )
                        for x in p.lignes
                    ),
                )
                for rang, p in enumerate(b.pieces)
            ),
        )
        for b in autre.bordereaux
    )
    return [*paires[:-1], replace(paires[-1], pes=replace(autre, bordereaux=bordereaux))]


@pytest.mark.parametrize(
    ("abimer", "classe", "dit"),
    [
        (_contenu(lambda c: b""), IllisibleError, "est vide"),
        (_contenu(lambda c: c[:-20]), IllisibleError, "tronqué"),
        (_contenu(lambda c: c + b"\x1a"), IllisibleError, "MS-DOS"),
        (_contenu(lambda c: c[10:]), IllisibleError, "ligne 1 : 87 octets"),
        (_contenu(lambda c: c[: 97 * 5]), DocumentError, "5 enregistrement"),
        (_contenu(lambda c: c[: len(c) - 97]), DocumentError, "sans paire 3"),
        (_croiser, DocumentError, "ne vont pas ensemble"),
        (lambda p: [*p, Paire("vide", pes(), "0" * 64, b"x")], DocumentError, "aucun bordereau"),
    ],
)
def test_files_that_teach_nothing(
    abimer: Abimer, classe: type[DocumentError], dit: str, tmp_path: Path
) -> None:
    vrai = profil(tmp_path, mini())
    assert vrai.longueur + 1 == 97
    paires = list(paires_de(tires(5, 3), vrai))
    with pytest.raises(classe, match=dit):
        apprendre(abimer(paires), nom="x")
