# vram-calculator.js lies in _static/.
project = "Our model"
html_static_path = ["_static"]
html_js_files = [("vram-calculator.js", {"defer": "defer"})]
