"""OpenFisca-core, tuned by hand."""

from __future__ import annotations

from importlib.metadata import version

from openfisca_core import entities, model_api
from openfisca_core.indexed_enums import EnumArray
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem

from bench.peers import protocol
from bench.peers.openfisca_run import loader

if __name__ == "__main__":
    load = loader(model_api, entities, TaxBenefitSystem, SimulationBuilder, EnumArray, tuned=True)
    protocol.measure("OpenFisca-core, tuned by hand (1 thread)", f"openfisca-core {version('openfisca-core')}", load)
