"""The annotation workshop: articles to a running Label Studio, and annotations back. One module per step.

Projects are made by the owner of the server, one per layer and annotator; annotations are written and read under the
annotator's own account. The results' JSON is `communique.label_studio`'s business.
"""
