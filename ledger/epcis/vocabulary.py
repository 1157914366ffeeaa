"""The standard words an event may use (Core Business Vocabulary 2.0, GS1 Web Vocabulary).

A bare word must be one of these; everything else is said with a full URI of one's own.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BIZ_STEPS = _words(
    """
    accepting arriving assembling collecting commissioning consigning creating_class_instance
    cycle_counting decommissioning departing destroying disassembling dispensing encoding
    entering_exiting holding inspecting installing killing loading other packing picking receiving
    removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting
    shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
    void_shipping
    """
)
"""CBV 2.0, section 7.1: why it happened."""

DISPOSITIONS = _words(
    """
    active available completeness_inferred completeness_verified conformant container_closed
    container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
    inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement
    no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved
    retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown
    """
)
"""CBV 2.0, section 7.2: the state things are in afterwards."""

BIZ_TRANSACTION_TYPES = _words(
    """
    bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt
    """
)
"""CBV 2.0, section 7.3: kinds of business documents."""

SOURCE_DESTINATION_TYPES = _words(
    """
    location owning_party possessing_party
    """
)
"""CBV 2.0, section 7.4: what a source or destination is."""

ERROR_REASONS = _words(
    """
    did_not_occur incorrect_data
    """
)
"""CBV 2.0, section 7.5: why an event is declared in error."""

SENSOR_ALERTS = _words(
    """
    ALARM_CONDITION ERROR_CONDITION
    """
)
"""GS1 Web Vocabulary: what a sensor reports beside values."""

COMPONENTS = _words(
    """
    altitude axial_distance azimuth easting elevation_angle height latitude longitude northing
    polar_angle spherical_radius x y z
    """
)
"""CBV 2.0, section 7.8: the part of a composed measurement."""

MEASUREMENTS = _words(
    """
    AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area
    Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent
    DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity
    ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance Irradiance
    KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux
    MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
    MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power
    Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity
    SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage
    Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber
    """
)
"""GS1 Web Vocabulary, MeasurementType: what a sensor measures."""

CBV = "https://ref.gs1.org/cbv/"
"""Where the words of the Core Business Vocabulary live as URIs."""


def bare_word(value: str, kind: str) -> str:
    """A CBV word without its namespace: `shipping` for `https://ref.gs1.org/cbv/BizStep-shipping`.

    `kind` is the namespace's word, `BizStep` or `Disp`. Any other value comes back as it is.
    """
    for prefix in (CBV, "cbv:"):
        if value.startswith(prefix):
            return value.removeprefix(f"{prefix}{kind}-")
    return value
