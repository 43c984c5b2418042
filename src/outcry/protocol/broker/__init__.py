"""The wire of the CFD broker: commands read strictly, answers in its shapes."""
