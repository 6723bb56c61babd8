"""The warmth campaign (两节送温暖): sources, quotas, visits, questionnaires, and the account."""
