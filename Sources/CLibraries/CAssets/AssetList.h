// The files inside the binary: ASSET(a name of its own, path in the repository), the file, END.
// A test holds this list against the folders.

ASSET(catalog, "models/catalog.json")
#embed "../../../models/catalog.json" limit(LIMIT)
END

ASSET(openapi, "api/openapi.yaml")
#embed "../../../api/openapi.yaml" limit(LIMIT)
END

ASSET(web_api_js, "Web/api.js")
#embed "../../../Web/api.js" limit(LIMIT)
END

ASSET(web_app_js, "Web/app.js")
#embed "../../../Web/app.js" limit(LIMIT)
END

ASSET(web_components_detections_list_js, "Web/components/detections-list.js")
#embed "../../../Web/components/detections-list.js" limit(LIMIT)
END

ASSET(web_components_login_form_js, "Web/components/login-form.js")
#embed "../../../Web/components/login-form.js" limit(LIMIT)
END

ASSET(web_components_password_form_js, "Web/components/password-form.js")
#embed "../../../Web/components/password-form.js" limit(LIMIT)
END

ASSET(web_components_picture_drop_js, "Web/components/picture-drop.js")
#embed "../../../Web/components/picture-drop.js" limit(LIMIT)
END

ASSET(web_components_result_view_js, "Web/components/result-view.js")
#embed "../../../Web/components/result-view.js" limit(LIMIT)
END

ASSET(web_components_status_line_js, "Web/components/status-line.js")
#embed "../../../Web/components/status-line.js" limit(LIMIT)
END

ASSET(web_elements_js, "Web/elements.js")
#embed "../../../Web/elements.js" limit(LIMIT)
END

ASSET(web_findings_js, "Web/findings.js")
#embed "../../../Web/findings.js" limit(LIMIT)
END

ASSET(web_icon_svg, "Web/icon.svg")
#embed "../../../Web/icon.svg" limit(LIMIT)
END

ASSET(web_index_html, "Web/index.html")
#embed "../../../Web/index.html" limit(LIMIT)
END

ASSET(web_overlay_js, "Web/overlay.js")
#embed "../../../Web/overlay.js" limit(LIMIT)
END

ASSET(web_style_css, "Web/style.css")
#embed "../../../Web/style.css" limit(LIMIT)
END
