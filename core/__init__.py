"""The product without its faces: no Streamlit, no Plotly, no HTTP."""
