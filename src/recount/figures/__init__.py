"""Figures: recipes that draw tidy data in the house style, and one call that shows a drawing and writes its files."""
