"""Projects (项目化帮扶): aid with a period, a funder, a quota and rates, from nomination to the closing report."""
