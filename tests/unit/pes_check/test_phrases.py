"""Each kind of schema error has its rule, its sentence and its advice, at its exact place."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_check.outillage import Examinateur
from vaguemestre.errors import Gravite
from vaguemestre.pes.examen import Reglages
from vaguemestre.pes.regles.fiches import fiches
from vaguemestre.pes.schema import Schemas

BON = f.pes(f.domaine(f.bordereau(f.piece(refs=f.pj_ref()))), f.pes_pj(f.pj()))
LONG = "A" * 40

FAUTES: list[tuple[bytes, bytes, str, str]] = [
    (b'<NbrPce V="1"/>', b'<NbrPce V="abc"/>', "xsd.nbrpce.nombre", "abc"),
    (b'<NbrPce V="1"/>', b'<NbrPce V="0"/>', "xsd.nbrpce.valeur", "supérieur à 0"),
    (b'<NbrPce V="1"/>', b'<NbrPce V=""/>', "xsd.nbrpce.vide", "vide"),
    (b'<NbrPce V="1"/>', b"<NbrPce/>", "xsd.nbrpce.attribut", "n'a pas de valeur"),
    (b'<NbrPce V="1"/>', b'<NbrPce X="1" V="1"/>', "xsd.nbrpce.attribut", "X"),
    (b'<NbrPce V="1"/>', b'<NbrPce V="1">texte</NbrPce>', "xsd.nbrpce.contenu", "contient"),
    (b'<NbrPce V="1"/>', b"", "xsd.mtbordht.inattendu", "nombre de pièces"),
    (b'<NbrPce V="1"/>', b'x<NbrPce V="1"/>', "xsd.blocbordereau.contenu", "contient"),
    (b'<TypBord V="01"/>', b'<TypBord V="99"/>', "xsd.typbord.code", "99"),
    (b'<Ville V="NOUMEA"/>', f'<Ville V="{LONG}"/>'.encode(), "xsd.ville.longueur", "40"),
    (b'<Ville V="NOUMEA"/>', b'<Ville V="nc"/>', "xsd.ville.valeur", "nc"),
    (b'<MtBordHT V="100.00"/>', b'<MtBordHT V="1.005"/>', "xsd.mtbordht.decimales", "1.005"),
    (b'<MtBordHT V="100.00"/>', b'<MtBordHT V="1000000000000000"/>', "xsd.mtbordht.chiffres", "14"),
    (b'<MtBordHT V="100.00"/>', b'<MtBordHT V="-1"/>', "xsd.mtbordht.valeur", "au moins 0"),
    (b'<MtBordHT V="100.00"/>', b'<MtBordHT V="12,50"/>', "xsd.mtbordht.nombre", "12,50"),
    (b'<MtBordHT V="100.00"/>', b'<MtBordHT V="1E+15"/>', "xsd.mtbordht.nombre", "1E+15"),
    (b'V="2026-11-21"/><TypBord', b'V="21/11/2026"/><TypBord', "xsd.dtebordem.date", "21/11/2026"),
    (b'V="2026-11-21"/><TypBord', b'V="45982"/><TypBord', "xsd.dtebordem.date", "45982"),
    (b'<Exer V="2026"/>', b'<Exer V="26"/>', "xsd.exer.annee", "26"),
    (b'<CodRes V="0"/>', b'<CodRes V="2"/>', "xsd.codres.booleen", "2"),
    (b'<CodCol V="123"/>', b'<CodCol V="000"/>', "xsd.codcol.valeur", "zéros"),
    (b'<IdPost V="988001"/>', b'<IdPost V="34"/>', "xsd.idpost.longueur", "2"),
    (b'<IBAN V="FR76', b'<IBAN V="fr76', "xsd.iban.format", "IBAN"),
    (b"<Bordereau>", b'<Bordereau Id="1a">', "xsd.bordereau.identifiant", "Id"),
    (b' MIMEType="application/pdf"', b"", "xsd.fichier.attribut", "MIMEType"),
    (b"</Bordereau>", b"</Bordereau><Bordereau/>", "xsd.bordereau.incomplet", "incomplet"),
    (b"<PES_PJ>", b"<Inconnu/><PES_PJ>", "xsd.inconnu.inattendu", "Inconnu"),
]


@pytest.mark.parametrize(("bon", "faux", "regle", "mot"), FAUTES)
def test_schema_error_is_said_in_french(
    bon: bytes, faux: bytes, regle: str, mot: str, voir: Examinateur, schemas: Schemas
) -> None:
    assert BON.count(bon) >= 1
    octets = BON.replace(bon, faux, 1)
    dites = [a for a in voir(octets).anomalies if a.regle.startswith("xsd.")]
    assert [a.regle for a in dites] == [regle]
    anomalie = dites[0]
    assert anomalie.gravite is Gravite.REJET_FLUX
    assert mot in anomalie.message
    assert anomalie.conseil
    arbre = etree.fromstring(octets)
    assert not schemas.xmlschema.validate(arbre)
    attendu = next(e for e in schemas.xmlschema.error_log)
    assert anomalie.ligne == attendu.line
    assert _meme(arbre, anomalie.chemin, attendu.path)


def _meme(arbre: etree._Element, notre: str, leur: str) -> bool:
    """Two XPaths name the same element."""
    espaces = {"n": f.ESPACE}
    un, autre = (arbre.xpath(chemin, namespaces=espaces) for chemin in (notre, leur))
    return isinstance(un, list) and isinstance(autre, list) and un[0] is autre[0]


def test_a_bound_that_is_a_date_is_said(voir: Examinateur) -> None:
    anomalies = voir(fiches()["pes.bordereau.date"].fautif.octets).anomalies
    dite = next(a for a in anomalies if a.regle == "xsd.dtebordem.valeur")
    assert dite.attendu == "au moins 1900-01-01"
    assert dite.message.endswith("vaut 1899-12-31 ; il doit être au moins 1900-01-01")


def test_codes_allowed_are_listed(voir: Examinateur) -> None:
    examen = voir(BON.replace(b'<TypBord V="01"/>', b'<TypBord V="99"/>'))
    assert "01, 02, 03, 04" in next(a.conseil for a in examen.anomalies if "typbord" in a.regle)


def test_column_counts_what_the_base64_takes(voir: Examinateur) -> None:
    gros = f.pes(f.pes_pj(f.pj(b"%PDF" + bytes(5000)), f.pj(IdUnique="P-2")))
    anomalie = next(a for a in voir(gros).anomalies if a.regle.startswith("xsd.idunique"))
    debut = gros.index(b'<IdUnique V="P-2"')
    assert anomalie.colonne == debut - gros.rindex(b"\n", 0, debut)
    assert anomalie.ligne == 2
    assert anomalie.chemin == "/n:PES_Aller/PES_PJ/PJ[2]/IdUnique"


def test_reference_names_ligne_and_titre(voir: Examinateur) -> None:
    faux = f.pes(
        f.domaine(
            f.bordereau(f.piece(f.ligne(recette=True, MtHT="0"), recette=True), recette=True),
            recette=True,
        )
    )
    anomalie = next(a for a in voir(faux).anomalies if a.regle.startswith("xsd.mtht"))
    assert anomalie.ref == "bordereau 12 / titre 87 / ligne 1"


def test_same_wrong_value_twice_is_told_twice_at_two_places(voir: Examinateur) -> None:
    lots = [f.piece(f.ligne(qui=f.tiers(adr=f.adresse(Ville="nc"))), IdPce=str(i)) for i in (1, 2)]
    examen = voir(f.pes(f.domaine(f.bordereau(*lots, MtBordHT="200.00"))))
    chemins = [a.chemin for a in examen.anomalies if a.regle == "xsd.ville.valeur"]
    assert [c[c.index("Piece[") : c.index("/Ligne")] for c in chemins] == ["Piece[1]", "Piece[2]"]


def test_two_faults_of_one_value_are_one_finding(voir: Examinateur) -> None:
    examen = voir(BON.replace(b'<IdPost V="988001"/>', b'<IdPost V="34"/>'))
    assert [a.regle for a in examen.anomalies if a.regle.startswith("xsd.")] == [
        "xsd.idpost.longueur"
    ]


def test_beyond_the_limit_the_rest_is_counted(voir: Examinateur) -> None:
    lots = [f.piece(f.ligne(Nature="x"), IdPce=str(i + 1)) for i in range(30)]
    octets = f.pes(f.domaine(f.bordereau(*lots, MtBordHT="3000.00")))
    examen = voir(octets, reglages=Reglages(erreurs_max=10))
    assert sum(a.regle.startswith("xsd.nature") for a in examen.anomalies) == 10
    suite = next(a for a in examen.anomalies if a.regle == "xsd.suite")
    assert suite.message.startswith("20 autre")
    assert suite.bloquante


def test_default_namespace_is_explained(voir: Examinateur) -> None:
    octets = f.pes().replace(b"n:PES_Aller", b"PES_Aller").replace(b"xmlns:n=", b"xmlns=")
    examen = voir(octets)
    assert examen.verdict == "rejete"
    assert any(a.regle.endswith(".espace") for a in examen.anomalies)
