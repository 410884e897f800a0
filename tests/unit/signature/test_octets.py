"""Every byte outside what `sign` writes stays; the canonical stream is lxml's."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.unit.signature.fabrique import (
    QUAND,
    cent_vingt,
    cle,
    confiance,
    depense,
    domaine_depense,
    domaine_recette,
    pes,
    pj,
    recette,
)
from vaguemestre.errors import IllisibleError, RessourceError
from vaguemestre.signature.canon import canoniser
from vaguemestre.signature.carte import Noeud, cartographier
from vaguemestre.signature.epissure import Epissure, FichierLu, Retouche, ecrire, empreinte
from vaguemestre.signature.verification import verifier
from vaguemestre.signature.xades import OptionsSignature, signer

_SIGNATURE = re.compile(rb"<ds:Signature .*?</ds:Signature>", re.DOTALL)
_CUMUL = re.compile(rb'<MtCumulAnnuel V="120.00"/>')
_ID = re.compile(rb' Id="(?:BORD|PES)[0-9_]+"(?=[\s>])')
_DRAPEAU = re.compile(rb"(<InfoDematerialisee\s+V\s*=\s*[\"'])(?:0|1|true|false)([\"'])")
_AJOUTE = b'<InfoDematerialisee V="1"/>'


class _Memoire:
    """A `Lecture` over bytes."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    @property
    def taille(self) -> int:
        return len(self._octets)

    def lire(self, debut: int, fin: int) -> bytes:
        return self._octets[debut:fin]


@st.composite
def fichiers(draw: st.DrawFn) -> bytes:
    """PES files as odd as they may be written."""
    numeros = draw(st.lists(st.integers(1, 9999), min_size=1, max_size=3, unique=True))
    demat = draw(
        st.sampled_from(
            [
                "",
                '<InfoDematerialisee V="0"/>',
                "<InfoDematerialisee\n V = 'false'></InfoDematerialisee>",
            ]
        )
    )
    blanc = draw(st.sampled_from(["", "\n", "\r\n", " \t", '<!-- <Bordereau Id="x"> -->']))
    libre = draw(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20))
    libre = "".join(c for c in libre if c not in "<&\"'" and not 0x7F <= ord(c) <= 0x9F)
    bordereaux = blanc.join(depense(n).replace("Papeterie", libre) for n in numeros)
    parties = [domaine_depense(bordereaux, demat)]
    if draw(st.booleans()):
        parties.append(domaine_recette(blanc + recette(numeros[0]) + blanc, demat))
    if draw(st.booleans()):
        parties.append(pj(draw(st.sampled_from(["QUJD", "QUJD\r\nQUJD\r", "", libre]))))
    encodage = draw(st.sampled_from(["ISO-8859-1", "UTF-8"]))
    octets = pes(*parties, encodage=encodage)
    return octets.replace(b"\n", b"\r\n") if draw(st.booleans()) else octets


@given(octets=fichiers(), mode=st.sampled_from(["bordereau", "globale"]))
@settings(max_examples=60)
def test_retirer_ce_que_sign_ajoute_rend_la_source(octets: bytes, mode: str) -> None:
    with TemporaryDirectory() as nom:
        source, vers = Path(nom) / "s.xml", Path(nom) / "v.xml"
        source.write_bytes(octets)
        signer(source, vers, cle(), OptionsSignature(mode=mode), QUAND, cent_vingt)  # type: ignore[arg-type]
        signe = vers.read_bytes()
        assert verifier(vers, confiance(), QUAND).verdict == "valide"
        assert source.read_bytes() == octets
    nu = _ID.sub(b"", _CUMUL.sub(b"", _SIGNATURE.sub(b"", signe)))
    if b"<InfoDematerialisee" not in octets:
        nu = nu.replace(_AJOUTE, b"")
    assert _DRAPEAU.sub(rb"\1\2", nu) == _DRAPEAU.sub(rb"\1\2", octets)
    assert len(_SIGNATURE.findall(signe)) == (
        1 if mode == "globale" else octets.count(b"<BlocBordereau>")
    )


@given(octets=fichiers())
@settings(max_examples=60)
def test_ce_qui_est_saute_ne_change_pas_la_carte(octets: bytes) -> None:
    stricte, rapide = (cartographier(_Memoire(octets), stricte=s) for s in (True, False))
    assert stricte.identifiants == rapide.identifiants
    assert [_place(n) for n in stricte.noeuds] == [_place(n) for n in rapide.noeuds]
    for noeud in stricte.noeuds:
        assert octets[noeud.debut : noeud.debut + 1] == b"<"
        assert noeud.vide or octets[noeud.fermeture : noeud.fermeture + 2] == b"</"
        assert octets[noeud.fin - 1 : noeud.fin] == b">"


def _place(noeud: Noeud) -> tuple[object, ...]:
    return (noeud.nom, noeud.debut, noeud.contenu, noeud.fermeture, noeud.fin, noeud.profondeur)


@pytest.mark.parametrize("taille", [0, 1023, 1024, 261_000, 262_143, 262_144, 262_145, 600_000])
@pytest.mark.parametrize("nombre", [1, 3])
def test_une_pj_de_toute_taille(taille: int, nombre: int) -> None:
    octets = pes(
        domaine_depense(depense(id_="A")),
        *[pj("Q" * taille) for _ in range(nombre)],
        '<Apres Id="B"/>',
    )
    for stricte in (True, False):
        carte = cartographier(_Memoire(octets), stricte=stricte)
        assert dict(carte.identifiants) == {"A": 1, "B": 1}
        assert octets[carte.racine.fermeture :] == b"</n:PES_Aller>"
        bordereau = carte.bordereaux[0]
        assert octets[bordereau.fermeture : bordereau.fin] == b"</Bordereau>"


@pytest.mark.parametrize(
    "piege",
    [
        '<Fichier><!-- <Fichier>abc --></Fichier><Vu Id="X"/><!-- </Fichier> -->',
        '<Fichier>abc<![CDATA[</Fichier><Cache Id="Y"/>]]></Fichier><Vu Id="X"/>',
        '<?p <Fichier>?><Vu Id="X"/><?p </Fichier>?>',
        '<Fichier><Vu Id="X"/></Fichier>',
        "<Fichier MIMEType=''/><Vu Id='X'/>",
        '<FichierX>abc</FichierX><Vu Id="X"/>',
        '<Fichier MIMEType="a>b">abc</Fichier ><Vu Id="X"/>',
        '<Fichier MIMEType="' + "a" * 3000 + '">abc</Fichier><Vu Id="X"/>',
    ],
)
def test_les_pieges_du_saut(piege: str) -> None:
    octets = pes(domaine_depense(depense(id_="A")), piege)
    for stricte in (True, False):
        assert set(cartographier(_Memoire(octets), stricte=stricte).identifiants) == {"A", "X"}


@pytest.mark.parametrize(
    "piece",
    [
        '<Piece Id="X"/>',
        "<Piece\n Id = 'X'/>",
        '<!-- </Bordereau> --><Piece Id="X"/>',
        '<Piece/></Bordereau><Bordereau Id="X"><BlocBordereau></BlocBordereau>',
    ],
)
def test_un_identifiant_cache_dans_une_piece_est_compte(piece: str) -> None:
    octets = pes(domaine_depense(depense(id_="A").replace("</Bordereau>", piece + "</Bordereau>")))
    for stricte in (True, False):
        assert set(cartographier(_Memoire(octets), stricte=stricte).identifiants) == {"A", "X"}


def test_des_pieces_mal_formees_sont_vues(tmp_path: Path) -> None:
    source = tmp_path / "s.xml"
    for faux in ("<Piece>", "</Piece>", "&inconnue;", "<Piece V='1' V='2'/>", "<x:Piece/>"):
        texte = depense().replace("</Bordereau>", faux + "</Bordereau>")
        source.write_bytes(pes(domaine_depense(texte)))
        for mode in ("bordereau", "globale"):
            options = OptionsSignature(mode=mode)
            with pytest.raises(IllisibleError):
                signer(source, tmp_path / "v.xml", cle(), options, QUAND, cent_vingt)


_TEXTES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]).filter(
        lambda c: ord(c) not in (0xFFFE, 0xFFFF)
    )
    | st.sampled_from("\t\n&<>\"'é€"),
    max_size=12,
)
_NOMS = st.sampled_from(["a", "b:c", "Fichier", "é", "d:e"])


def _echapper(texte: str) -> str:
    for brut, ecrit in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;"), ("\t", "&#9;")):
        texte = texte.replace(brut, ecrit)
    return texte


@st.composite
def elements(draw: st.DrawFn, profondeur: int = 3) -> str:
    nom = draw(_NOMS)
    espaces = draw(
        st.dictionaries(
            st.sampled_from(["b", "d", "inutile"]), st.sampled_from(["urn:1", "urn:2"]), max_size=2
        )
    )
    attributs = draw(
        st.dictionaries(st.sampled_from(["Id", "V", "b:V", "xml:lang", "z"]), _TEXTES, max_size=3)
    )
    defaut = draw(st.sampled_from(["", "", ' xmlns="urn:defaut"', ' xmlns=""']))
    ecrits = "".join(f' xmlns:{p}="{u}"' for p, u in espaces.items()) + defaut
    ecrits += "".join(f' {n}="{_echapper(v)}"' for n, v in attributs.items())
    enfants = draw(
        st.lists(
            _TEXTES.map(_echapper)
            | st.sampled_from(
                ["<!-- <x> -->", "<?pi  d ?>", "<?pi?>", "<![CDATA[<&\r\n]]>", "\r", "&#13;"]
            )
            | (elements(profondeur - 1) if profondeur else st.just("QUJD\r\nQUI=")),
            max_size=3,
        )
    )
    return f"<{nom}{ecrits}>{''.join(enfants)}</{nom}>" if enfants else f"<{nom}{ecrits}/>"


@given(corps=elements(), declare=st.booleans())
@settings(max_examples=300)
def test_la_forme_canonique_en_flux_est_celle_de_lxml(corps: str, declare: bool) -> None:
    tete = '<?xml version="1.0" encoding="UTF-8"?><!-- avant -->' if declare else ""
    octets = f'{tete}<r xmlns:b="urn:b" xmlns:d="urn:d">{corps}</r><?apres?>'.encode()
    if b"]]>" in octets.replace(b"<![CDATA[<&\r\n]]>", b""):
        return
    morceaux: list[bytes] = []
    canoniser(_Memoire(octets), morceaux.append)
    racine = etree.fromstring(octets)
    attendu = etree.tostring(racine, method="c14n", exclusive=True, with_comments=False)
    debut = attendu.index(b"<r")
    fin = attendu.rindex(b"</r>") + 4
    assert b"".join(morceaux) == attendu[debut:fin]


def test_une_retouche_peut_tomber_sur_toute_limite(tmp_path: Path) -> None:
    source = tmp_path / "s"
    octets = bytes(range(256)) * 1024
    source.write_bytes(octets)
    retouches = [
        Retouche(0, 0, b"debut"),
        Retouche(10, 20, b""),
        Retouche(20, 20, b"un"),
        Retouche(20, 20, b"deux"),
        Retouche(65536, 65537, b"xyz"),
        Retouche(len(octets), len(octets), b"fin"),
    ]
    attendu = (
        b"debut" + octets[:10] + b"undeux" + octets[20:65536] + b"xyz" + octets[65537:] + b"fin"
    )
    with FichierLu(source) as lecture:
        epissure = Epissure(lecture, retouches)
        assert epissure.taille == len(attendu)
        assert epissure.tout() == attendu
        assert epissure.lire(7, 300) == attendu[7:300]
        ecrire(epissure, tmp_path / "v")
    assert (tmp_path / "v").read_bytes() == attendu
    assert empreinte(tmp_path / "v").taille == len(attendu)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s", "v"]


def test_deux_retouches_ne_se_chevauchent_pas(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"abcdef")
    with FichierLu(tmp_path / "s") as lecture, pytest.raises(ValueError, match="chevauchent"):
        Epissure(lecture, [Retouche(0, 3, b""), Retouche(2, 4, b"")])


def test_un_disque_qui_refuse_ne_laisse_rien(tmp_path: Path) -> None:
    source = tmp_path / "s.xml"
    source.write_bytes(pes(domaine_depense(depense())))
    absent = tmp_path / "absent" / "v.xml"
    with pytest.raises(RessourceError, match="écriture impossible"):
        signer(source, absent, cle(), OptionsSignature(), QUAND, cent_vingt)
    with pytest.raises(IllisibleError, match="illisible"):
        signer(tmp_path / "rien", absent, cle(), OptionsSignature(), QUAND, cent_vingt)
    assert [p.name for p in tmp_path.iterdir()] == ["s.xml"]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"pas du xml",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        pes(domaine_depense(depense())).replace(b"<n:PES", b"<!DOCTYPE n:PES_Aller><n:PES", 1),
        pes(domaine_depense(depense()))[:-30],
        pes(domaine_depense(depense())).replace(b"</Piece>", b"</Piec>"),
        pes(domaine_depense(depense())).decode("latin-1").encode("utf-16"),
        pes(domaine_depense(depense())).replace(b"ISO-8859-1", b"CP037"),
        pes(domaine_depense(depense())).replace(b"<n:PES_Aller ", b"<m:PES_Aller "),
    ],
)
def test_ce_qui_ne_se_lit_pas_est_dit(octets: bytes, tmp_path: Path) -> None:
    source = tmp_path / "s.xml"
    source.write_bytes(octets)
    with pytest.raises(IllisibleError):
        signer(source, tmp_path / "v.xml", cle(), OptionsSignature(), QUAND, cent_vingt)
    with pytest.raises(IllisibleError):
        verifier(source, confiance(), QUAND)
    assert not (tmp_path / "v.xml").exists()
