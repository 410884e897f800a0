"""PES to INDIGO: golden bytes, nothing lost, nothing rounded, every misfit named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.partage import donnees
from tests.unit.indigo.exemples import (
    BROUILLON,
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
    tiers,
    titre,
    zone,
)
from vaguemestre.domain.comptable import Domaine, Titre
from vaguemestre.errors import ConfigurationError, DocumentError, IllisibleError, ZoneError
from vaguemestre.indigo.convert import apercu, convertir
from vaguemestre.indigo.dessins import charger
from vaguemestre.indigo.lecture import lire
from vaguemestre.indigo.parite import comparer
from vaguemestre.pes.read import lire as lire_pes

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "indigo"


@pytest.mark.parametrize("famille", ["TITRE", "MANDAT"])
def test_golden_bytes(famille: str, request: pytest.FixtureRequest) -> None:
    fichiers = {
        f.famille: f for f in convertir(exemple(), charger(FICTIF), sequence=7, monnaie="XPF")
    }
    fichier = fichiers[famille]
    attendu = GOLDEN / f"fictif-essai_{famille}.txt"
    if request.config.getoption("--update-golden", default=False):
        attendu.write_bytes(fichier.contenu)
    assert fichier.contenu == attendu.read_bytes()


def test_what_the_files_are() -> None:
    dessin = charger(FICTIF)
    depense, recette = convertir(exemple(), dessin, sequence=7, monnaie="XPF")
    assert depense.nom == "ESSAI_MANDAT_042_00_2026_00007.txt"
    assert (depense.statut, depense.enregistrements, depense.total_ht) == (
        "fictional",
        3,
        Decimal(1349),
    )
    assert (recette.enregistrements, recette.total_ht) == (3, Decimal(4500))
    assert len(depense.contenu) == 3 * (640 + 2)
    assert recette.contenu[260:270] == b"RECET     "
    assert convertir(exemple(), dessin, sequence=7, monnaie="XPF") == (depense, recette)


def test_an_annulation_keeps_sign_and_type() -> None:
    dessin = charger(FICTIF)
    recette = convertir(exemple(), dessin, sequence=1, monnaie="XPF")[1]
    annule = lire(recette.contenu, dessin)[-1].valeurs
    assert annule["ligne.signe"] == "-"
    assert annule["bordereau.type"] == "02"
    assert (annule["piece.type"], annule["piece.nature"]) == ("02", "06")
    assert annule["ligne.montant_ht"] == 600
    assert (annule["piece.origine.exercice"], annule["piece.origine.numero"]) == (2026, 52)


def test_a_fraction_in_xpf_is_refused_never_rounded() -> None:
    with pytest.raises(ZoneError, match="rien n'est arrondi") as erreur:
        convertir(modifier(exemple(), "10.50"), charger(FICTIF), sequence=1, monnaie="XPF")
    (anomalie,) = erreur.value.anomalies
    assert anomalie.ref == "bordereau 72 / mandat 832 / ligne 1"
    assert anomalie.chemin == "MANDAT_LIGNE/montant_ht"
    assert anomalie.valeur == "10.50"
    assert anomalie.regle == "indigo.zone"
    assert anomalie.bloquante


def test_a_whole_amount_with_written_decimals_passes() -> None:
    fichiers = convertir(modifier(exemple(), "10.00"), charger(FICTIF), sequence=1, monnaie="XPF")
    assert lire(fichiers[0].contenu, charger(FICTIF))[0].valeurs["ligne.montant_ht"] == 10


def test_every_misfit_at_once() -> None:
    long = "Société à responsabilité limitée des éditions du lagon"
    envoi = pes(
        bordereau(Domaine.DEPENSE, 72, mandat(832, "1.5", "2", nom=long)),
        bordereau(Domaine.RECETTE, 12, replace(titre(51, "10"), service="X" * 11)),
    )
    with pytest.raises(ZoneError, match=r"4 valeur\(s\)") as erreur:
        convertir(envoi, charger(FICTIF), sequence=1, monnaie="XPF")
    assert [(a.ref, a.chemin) for a in erreur.value.anomalies] == [
        ("bordereau 72 / mandat 832 / ligne 1", "MANDAT_LIGNE/montant_ht"),
        ("bordereau 72 / mandat 832 / ligne 1", "MANDAT_LIGNE/nom_tiers"),
        ("bordereau 72 / mandat 832 / ligne 2", "MANDAT_LIGNE/nom_tiers"),
        ("bordereau 12 / titre 51 / ligne 1", "TITRE_LIGNE/code_service"),
    ]
    assert "54 octets, la zone en a 38" in erreur.value.anomalies[1].message
    assert "MANDAT_LIGNE" in erreur.value.anomalies[0].message


def test_a_text_is_cut_only_where_the_layout_says_and_it_is_reported() -> None:
    long = replace(mandat(1, "10"), objet="o" * 120)
    (fichier,) = convertir(
        pes(bordereau(Domaine.DEPENSE, 1, long, replace(long, numero=2))),
        charger(FICTIF),
        sequence=1,
        monnaie="XPF",
    )
    assert [(a.regle, a.ref, a.bloquante) for a in fichier.anomalies] == [
        ("indigo.tronquee", "bordereau 1 / mandat 1 / ligne 1", False),
        ("indigo.tronquee", "bordereau 1 / mandat 2 / ligne 1", False),
    ]


def test_the_main_debtor_is_named_and_the_others_are_reported() -> None:
    base = titre(51, "10")
    caution = replace(tiers("Caution solidaire"), type="03")
    ligne = replace(base.lignes[0], tiers=(caution, *base.lignes[0].tiers))
    piece: Titre = replace(base, lignes=(ligne,))
    dessin = charger(FICTIF)
    envoi = pes(bordereau(Domaine.RECETTE, 1, piece))
    (fichier,) = convertir(envoi, dessin, sequence=1, monnaie="XPF")
    assert lire(fichier.contenu, dessin)[0].valeurs["tiers.nom"] == "WENEHOUA"
    assert [a.regle for a in fichier.anomalies] == ["indigo.tiers"]
    assert comparer(envoi, (fichier,), dessin) == ()


def test_a_draft_can_only_be_previewed() -> None:
    dessin = charger(BROUILLON)
    with pytest.raises(ConfigurationError, match="brouillon"):
        convertir(exemple(), dessin, sequence=1, monnaie="XPF")
    with pytest.raises(ConfigurationError, match="brouillon"):
        lire(b"", dessin)
    vus = list(apercu(exemple(), dessin))
    assert len(vus) == 6
    assert vus[0][0] == "bordereau 12 / titre 51 / ligne 1"
    assert {v["montant_ht"] for _, v in vus} == {
        Decimal(m) for m in ("1000", "250", "99", "4500", "600", "-600")
    }
    assert {v["code_service"] for _, v in vus} == {"SERV1", "RECET"}


def test_the_currency_of_the_body_must_be_that_of_the_layout() -> None:
    with pytest.raises(ConfigurationError, match="XPF, la collectivité en EUR"):
        convertir(exemple(), charger(FICTIF), sequence=1, monnaie="EUR")


def test_a_family_without_records_is_a_fault_not_a_gap(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ne décrit pas la famille TITRE"):
        convertir(exemple(), profil(tmp_path, mini()), sequence=1, monnaie="XPF")


def test_an_empty_bordereau_or_piece_is_said() -> None:
    dessin = charger(FICTIF)
    for vide in (
        bordereau(Domaine.DEPENSE, 5),
        bordereau(Domaine.DEPENSE, 5, replace(mandat(1, "1"), lignes=())),
    ):
        with pytest.raises(DocumentError, match="sans") as erreur:
            convertir(pes(vide), dessin, sequence=1, monnaie="XPF")
        assert erreur.value.ref == "bordereau 5"


def test_a_pes_without_bordereau_has_no_twin() -> None:
    assert convertir(pes(), charger(FICTIF), sequence=1, monnaie="XPF") == ()


@pytest.mark.parametrize(
    ("par", "motif", "noms"),
    [
        ("bordereau", "ESSAI_{famille}_{bordereau}", ["ESSAI_MANDAT_1", "ESSAI_MANDAT_2"]),
        ("domain", "ESSAI_{famille}", ["ESSAI_MANDAT"]),
        ("budget", "ESSAI_{sequence:04d}", ["ESSAI_0009"]),
    ],
)
def test_one_file_per_what(tmp_path: Path, par: str, motif: str, noms: list[str]) -> None:
    brut = mini()
    brut["file"].update(one_file_per=par, name_pattern=motif)
    envoi = pes(
        bordereau(Domaine.DEPENSE, 1, mandat(1, "10")),
        bordereau(Domaine.DEPENSE, 2, mandat(2, "10")),
    )
    dessin = profil(tmp_path, brut)
    fichiers = convertir(envoi, dessin, sequence=9, monnaie="XPF")
    assert [fichier.nom for fichier in fichiers] == noms
    assert comparer(envoi, fichiers, dessin) == ()


def test_two_files_never_share_a_name(tmp_path: Path) -> None:
    brut = mini()
    brut["file"].update(one_file_per="bordereau", name_pattern="ESSAI_{famille}_{bordereau}")
    envoi = pes(
        bordereau(Domaine.DEPENSE, 1, mandat(1, "10")),
        bordereau(Domaine.DEPENSE, 1, mandat(2, "10"), type_="02"),
    )
    with pytest.raises(ConfigurationError, match="deux fois le même nom"):
        convertir(envoi, profil(tmp_path, brut), sequence=9, monnaie="XPF")


def _etage() -> dict[str, object]:
    """A layout with header, bordereau, pièce and ligne records and a trailer, without line ends."""
    long = 40
    champs = {
        "TETE": (zone("m", "CONST", 1, value="0"), zone("col", "X", 39, "entete.cod_col")),
        "BORD": (
            zone("m", "CONST", 1, value="1"),
            zone("ex", "9", 4, "bordereau.exercice"),
            zone("no", "9", 7, "bordereau.numero"),
            zone("ty", "X", 2, "bordereau.type"),
            zone("ht", "S9", 15, "bordereau.montant_ht", sign="overpunch"),
            zone("f", "FILLER", 11),
        ),
        "PIECE": (
            zone("m", "CONST", 1, value="2"),
            zone("no", "9", 8, "piece.numero"),
            zone("nl", "9", 3, "piece.nombre_lignes"),
            zone("f", "FILLER", 28),
        ),
        "LIGNE": (
            zone("m", "CONST", 1, value="3"),
            zone("no", "9", 6, "ligne.numero"),
            zone("ht", "S9", 15, "ligne.montant_ht", sign="overpunch"),
            zone("f", "FILLER", 18),
        ),
        "FIN": (
            zone("m", "CONST", 1, value="9"),
            zone("n", "9", 9, "fichier.nombre_enregistrements"),
            zone("ht", "S9", 15, "fichier.montant_ht", sign="leading"),
            zone("f", "FILLER", 15),
        ),
    }
    par = {"TETE": "file", "BORD": "bordereau", "PIECE": "piece", "LIGNE": "ligne", "FIN": "file"}
    brut = mini()
    brut["file"].update(record_length=long, eol="NONE", header_record="TETE", trailer_record="FIN")
    brut["records"] = [
        {
            "id": nom,
            "family": "MANDAT",
            "per": par[nom],
            "discriminator": {"start": 1, "length": 1, "value": zones[0]["value"]},
            "fields": list(placer(zones)),
        }
        for nom, zones in champs.items()
    ]
    return brut


def test_header_levels_and_trailer(tmp_path: Path) -> None:
    dessin = profil(tmp_path, _etage())
    envoi = pes(
        bordereau(Domaine.DEPENSE, 1, mandat(1, "10", "20"), mandat(2, "5")),
        bordereau(Domaine.DEPENSE, 2, mandat(3, "7"), type_="02"),
    )
    (fichier,) = convertir(envoi, dessin, sequence=1, monnaie="XPF")
    lus = lire(fichier.contenu, dessin)
    assert [lu.dessin.id for lu in lus] == [
        "TETE",
        *("BORD", "PIECE", "LIGNE", "LIGNE", "PIECE", "LIGNE"),
        *("BORD", "PIECE", "LIGNE"),
        "FIN",
    ]
    assert fichier.enregistrements == len(lus) == lus[-1].valeurs["fichier.nombre_enregistrements"]
    assert lus[-1].valeurs["fichier.montant_ht"] == fichier.total_ht == Decimal(28)
    assert lus[7].valeurs["bordereau.montant_ht"] == Decimal(-7)
    assert comparer(envoi, (fichier,), dessin) == ()


VISIBLES = [chr(code) for code in (*range(0x20, 0x7F), *range(0xA1, 0x100))]
textes = st.text(st.sampled_from(VISIBLES), min_size=1, max_size=38)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(1, 10**12), st.none() | st.integers(1, 10**9), textes),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["01", "02"]),
)
def test_what_was_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    lignes: list[tuple[int, int | None, str]],
    type_: str,
) -> None:
    dessin = profil(
        tmp_path_factory.mktemp("dessin"), mini(*LIGNE, zone("s", "X", 1, "ligne.signe"))
    )
    base = mandat(1, *("1" for _ in lignes))
    piece = replace(
        base,
        lignes=tuple(
            replace(
                ligne,
                montant_ht=Decimal(ht),
                montant_tva=None if tva is None else Decimal(tva),
                tiers=(tiers(nom),),
            )
            for ligne, (ht, tva, nom) in zip(base.lignes, lignes, strict=True)
        ),
    )
    envoi = pes(bordereau(Domaine.DEPENSE, 3, piece, type_=type_))
    (fichier,) = convertir(envoi, dessin, sequence=1, monnaie="XPF")
    lus = lire(fichier.contenu, dessin)
    sens = -1 if type_ == "02" else 1
    assert [
        (lu.valeurs["ligne.montant_ht"], lu.valeurs["ligne.montant_tva"], lu.valeurs["tiers.nom"])
        for lu in lus
    ] == [(sens * ht, sens * (tva or 0), nom.rstrip(" ") or None) for ht, tva, nom in lignes]
    assert comparer(envoi, (fichier,), dessin) == ()


def test_show_gives_every_zone() -> None:
    dessin = charger(FICTIF)
    fichier = convertir(exemple(), dessin, sequence=1, monnaie="XPF")[0]
    zones = list(lire(fichier.contenu, dessin)[0].zones(dessin))
    assert "".join(brut for _, brut, _ in zones) == fichier.contenu[:640].decode("latin-1")
    assert {z.nom: valeur for z, _, valeur in zones}["emission"] == date(2026, 2, 3)


@pytest.mark.parametrize(
    ("abimer", "dit"),
    [
        (lambda c: c[:-3], "639 octets"),
        (lambda c: c[:640] + b"XX" + c[642:], "fin de ligne"),
        (lambda c: b"??" + c[2:], "type inconnu"),
        (lambda c: c[:7] + b"20Z6" + c[11:], "exercice"),
        (lambda c: c + b"\x1a", "1 octets"),
    ],
)
def test_a_file_that_is_not_of_the_layout(abimer: object, dit: str) -> None:
    dessin = charger(FICTIF)
    contenu = convertir(exemple(), dessin, sequence=1, monnaie="XPF")[0].contenu
    assert callable(abimer)
    with pytest.raises(IllisibleError, match=dit):
        lire(abimer(contenu), dessin)


def test_ten_thousand_lines_in_a_second() -> None:
    """CPU time, best of three: the machine may be busy."""
    pieces = tuple(
        replace(mandat(n, "1000", nom=f"Tiers numéro {n}"), objet=f"Objet n° {n}")
        for n in range(1, 10_001)
    )
    envoi = pes(bordereau(Domaine.DEPENSE, 1, *pieces))
    dessin = charger(FICTIF)
    durees = []
    for _ in range(3):
        debut = process_time()
        fichiers = convertir(envoi, dessin, sequence=1, monnaie="XPF")
        durees.append(process_time() - debut)
        assert fichiers[0].enregistrements == 10_000
    assert min(durees) < 3.0  # the bench holds the target of 1 s; here only the order


def test_samples_of_the_reference_have_a_faithful_twin(tmp_path: Path) -> None:
    """The whole way: bytes on disk, read back, converted in hundredths of euro, compared."""
    brut = json.loads(FICTIF.read_text("utf-8"))
    brut["file"]["currency"] = {"code": "EUR", "decimals": 2, "unit": "cent"}
    dessin = profil(tmp_path, brut)
    totaux = []
    for nom in ("V01_depense_1mandat_1pj", "V04_recette_1titre", "V06_recette_reduction_02-02-06"):
        lu = lire_pes(donnees(f"pes-samples/{nom}.xml"))
        fichiers = convertir(lu, dessin, sequence=1, monnaie="EUR")
        assert comparer(lu, fichiers, dessin) == ()
        totaux.append(fichiers[0].total_ht)
    assert totaux == [Decimal("100.00"), Decimal("31.50"), Decimal("-5.00")]


def test_layouts_are_json_that_anyone_can_read() -> None:
    assert json.loads(FICTIF.read_text("utf-8"))["status"] == "fictional"
