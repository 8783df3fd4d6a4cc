// What can be searched for: [kind, title, address, text].
window.recountIndex = [
{% for key, record in found.verdicts.items() %}
{% set stated = claim(key) %}
{{ ["claim", "“%s”" % stated.phrase, "claims/%s.html" % key, [key, stated.quantity, stated.place, stated.date, stated.cited, stated.essay.title, record.sentence, "also: %s" % synonyms[key]|join(", ") if synonyms[key]]|select|join(" · ")]|tojson }},
{% endfor %}
{% for name in found.tables %}
{% set resource = package()[name] %}
{{ ["table", resource.title, "tables/%s.html" % name, [name, resource.get("description"), resource.get("vintage"), resource.get("caveat"), resource.schema.fields|map(attribute="name")|join(", ")]|select|join(" · ")]|tojson }},
{% endfor %}
{% for name, figure in found.figures.items() %}
{{ ["figure", figure.title, "figures/%s.html" % name, "%s %s" % (figure.alt, figure.source)]|tojson }},
{% endfor %}
{% for notebook in notebooks %}
{% for key, title, level in notebook.headings %}
{{ ["notebook: %s" % notebook.title if level > 1 else "notebook", title, "notebooks/%s.html#%s" % (notebook.stem, key), notebook.parts|selectattr("under", "equalto", key)|map(attribute="text")|select|join(" ")]|tojson }},
{% endfor %}
{% endfor %}
];
