"""PolicyEngine-core, as its documentation teaches."""

from __future__ import annotations

from importlib.metadata import version

from policyengine_core import entities, model_api
from policyengine_core.enums import EnumArray
from policyengine_core.simulations import SimulationBuilder
from policyengine_core.taxbenefitsystems import TaxBenefitSystem

from bench.peers import protocol
from bench.peers.openfisca_run import loader

if __name__ == "__main__":
    load = loader(model_api, entities, TaxBenefitSystem, SimulationBuilder, EnumArray, tuned=False)
    protocol.measure("PolicyEngine-core (1 thread)", f"policyengine-core {version('policyengine-core')}", load)
