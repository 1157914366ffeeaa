"""Units of measurement by their code in UN/ECE Recommendation 20, as EPCIS 2.0 uses them.

Two values are compared in the base unit of their dimension, exactly: conversions are rational
numbers, so that 4 °C is 277.15 K and not nearly so. A code that is not in the table is a dimension
of its own and compares with itself only: better no conversion than a doubtful one.

Codes and what they measure: UN/CEFACT Recommendation 20, revision 17 (2021), most entries held
against annex I as UN/CEFACT publishes it (repository uncefact/vocab-codes); amounts of substance,
most codes of energy, KLX, 2P, 4L, E34, 59 and 61 only against lists made from it, and P1, NX, A99,
AD and the name of LUX against none. Factors of SI units are those of annex I. Annex I rounds the
others to seven digits; here stand the values they are rounded from: pound, yard and gallon (UK) by
definition (0.45359237 kg, 0.9144 m, 4.54609 l), gallon (US) 231 cubic inches, what is made of them
by multiplication. Annex I gives the troy ounce (APZ) a tenth of its mass, which is not followed.
2P, 4L and E34 are decimal, as everywhere in SI.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Unit(NamedTuple):
    """value in base unit = value × factor + offset."""

    dimension: str
    factor: Fraction
    offset: Fraction = Fraction(0)


def to_base(value: Fraction, code: str) -> tuple[str, Fraction]:
    """The dimension of a unit and the value in the dimension's base unit."""
    unit = _UNITS.get(code)
    if unit is None:
        return f"unit {code}", value
    return unit.dimension, value * unit.factor + unit.offset


def to_base_difference(value: Fraction, code: str) -> tuple[str, Fraction]:
    """The same for a difference of two values, such as a standard deviation: a difference of one
    degree Celsius is one kelvin, wherever the scales begin."""
    unit = _UNITS.get(code)
    if unit is None:
        return f"unit {code}", value
    return unit.dimension, value * unit.factor


def _table(dimension: str, text: str) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for entry in text.split():
        code, _, factor = entry.partition("=")
        units[code] = Unit(dimension, Fraction(factor))
    return units


_DEGREE_FAHRENHEIT = Fraction(5, 9)

_UNITS: dict[str, Unit] = {
    "KEL": Unit("temperature", Fraction(1)),
    "CEL": Unit("temperature", Fraction(1), Fraction("273.15")),
    "FAH": Unit("temperature", _DEGREE_FAHRENHEIT, Fraction("459.67") * _DEGREE_FAHRENHEIT),
    "A48": Unit("temperature", _DEGREE_FAHRENHEIT),
    **_table(
        "mass",
        "KGM=1 GRM=0.001 MGM=0.000001 MC=0.000000001 TNE=1000 2U=1000 DTN=100 HGM=0.1 DJ=0.01"
        " CGM=0.00001 DG=0.0001 LBR=0.45359237 ONZ=0.028349523125 STN=907.18474 LTN=1016.0469088"
        " APZ=0.0311034768 STI=6.35029318",
    ),
    **_table(
        "length",
        "MTR=1 DMT=0.1 CMT=0.01 MMT=0.001 4H=0.000001 C45=0.000000001 A45=10 HMT=100 KMT=1000"
        " INH=0.0254 FOT=0.3048 YRD=0.9144 SMI=1609.344 NMI=1852",
    ),
    **_table(
        "area",
        "MTK=1 DMK=0.01 CMK=0.0001 MMK=0.000001 ARE=100 DAA=1000 HAR=10000 KMK=1000000"
        " INK=0.00064516 FTK=0.09290304 YDK=0.83612736",
    ),
    **_table(
        "volume",
        "MTQ=1 DMQ=0.001 CMQ=0.000001 MMQ=0.000000001 LTR=0.001 DLT=0.0001 CLT=0.00001"
        " MLT=0.000001 4G=0.000000001 A44=0.01 HLT=0.1 K6=1 GLL=0.003785411784 GLI=0.00454609"
        " OZA=0.0000295735295625 OZI=0.0000284130625 PTL=0.000473176473 QTL=0.000946352946"
        " BLL=0.158987294928 INQ=0.000016387064 FTQ=0.028316846592 YDQ=0.764554857984",
    ),
    **_table(
        "time", "SEC=1 C26=0.001 B98=0.000001 C47=0.000000001 MIN=60 HUR=3600 DAY=86400 WEE=604800"
    ),
    **_table(
        "pressure",
        "PAL=1 74=0.001 B96=0.000001 A97=100 KPA=1000 MPA=1000000 A89=1000000000 BAR=100000"
        " MBR=100 HBA=10000000 ATM=101325 ATT=98066.5 C55=1 C56=1000000 H75=10 KBA=100000000"
        " PS=44482216152605/6451600000",
    ),
    **_table("ratio", "C62=1 P1=0.01 NX=0.001 59=0.000001 61=0.000000001"),
    **_table("speed", "MTS=1 KMH=5/18 HM=0.44704 KNT=463/900 2M=0.01 C16=0.001 FS=0.3048 2X=1/60"),
    **_table("acceleration", "MSK=1 M39=0.01 A76=0.01"),
    **_table("force", "NEW=1 C20=0.001 B47=1000 DU=0.00001"),
    **_table(
        "energy",
        "JOU=1 KJO=1000 3B=1000000 GV=1000000000 WHR=3600 KWH=3600000 MWH=3600000000"
        " GWH=3600000000000 D70=4.1868",
    ),
    **_table("power", "WTT=1 D80=0.000001 C31=0.001 KWT=1000 MAW=1000000 A90=1000000000"),
    **_table("voltage", "VLT=1 D82=0.000001 2Z=0.001 KVT=1000 B78=1000000"),
    **_table("current", "AMP=1 C39=0.000000001 B84=0.000001 4K=0.001 B22=1000"),
    **_table("resistance", "OHM=1 B94=0.000001 E45=0.001 B49=1000 B75=1000000"),
    **_table("frequency", "HTZ=1 KHZ=1000 MHZ=1000000 A86=1000000000"),
    **_table("illuminance", "LUX=1 KLX=1000"),
    **_table(
        "density",
        "KMQ=1 GL=1 F23=1 23=1000 GJ=1000 B34=1000 B35=1000 B72=1000 D41=1000 A93=0.001 M1=0.001"
        " GP=0.000001 H29=0.000001 GQ=0.000000001",
    ),
    **_table("radioactivity", "BQL=1 2Q=1000 4N=1000000 GBQ=1000000000 CUR=37000000000"),
    **_table("absorbed dose", "A95=1 C13=0.001"),
    **_table("dose equivalent", "D13=1 C28=0.001"),
    **_table("volume flow", "MQS=1 MQH=1/3600 L2=1/60000 E32=1/3600000 LD=1/86400000"),
    **_table("mass flow", "KGS=1 E93=1/3600"),
    **_table("angle", "C81=1 C25=0.001"),
    **_table("amount of substance", "C34=1 FH=0.000001 C18=0.001 B45=1000"),
    **_table("information", "A99=1 AD=8 2P=8000 4L=8000000 E34=8000000000"),
    **_table("conductivity", "D10=1 H43=100 H61=0.1 G42=0.0001 G43=0.000001"),
}
