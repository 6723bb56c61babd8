"""Partner departments (信访, 住建, 公安, 人社 …): who they are, what they are asked, and their own narrow pages."""
