// The files inside the binary: ASSET(a name of its own, path in the repository), the file, END.
// A test holds this list against the folders.

ASSET(catalog, "models/catalog.json")
#embed "../../../models/catalog.json" limit(LIMIT)
END

ASSET(models_plates_at, "models/plates/at.json")
#embed "../../../models/plates/at.json" limit(LIMIT)
END

ASSET(models_plates_au, "models/plates/au.json")
#embed "../../../models/plates/au.json" limit(LIMIT)
END

ASSET(models_plates_be, "models/plates/be.json")
#embed "../../../models/plates/be.json" limit(LIMIT)
END

ASSET(models_plates_bg, "models/plates/bg.json")
#embed "../../../models/plates/bg.json" limit(LIMIT)
END

ASSET(models_plates_br, "models/plates/br.json")
#embed "../../../models/plates/br.json" limit(LIMIT)
END

ASSET(models_plates_cn, "models/plates/cn.json")
#embed "../../../models/plates/cn.json" limit(LIMIT)
END

ASSET(models_plates_cy, "models/plates/cy.json")
#embed "../../../models/plates/cy.json" limit(LIMIT)
END

ASSET(models_plates_cz, "models/plates/cz.json")
#embed "../../../models/plates/cz.json" limit(LIMIT)
END

ASSET(models_plates_de, "models/plates/de.json")
#embed "../../../models/plates/de.json" limit(LIMIT)
END

ASSET(models_plates_dk, "models/plates/dk.json")
#embed "../../../models/plates/dk.json" limit(LIMIT)
END

ASSET(models_plates_ee, "models/plates/ee.json")
#embed "../../../models/plates/ee.json" limit(LIMIT)
END

ASSET(models_plates_es, "models/plates/es.json")
#embed "../../../models/plates/es.json" limit(LIMIT)
END

ASSET(models_plates_fi, "models/plates/fi.json")
#embed "../../../models/plates/fi.json" limit(LIMIT)
END

ASSET(models_plates_fr, "models/plates/fr.json")
#embed "../../../models/plates/fr.json" limit(LIMIT)
END

ASSET(models_plates_gb, "models/plates/gb.json")
#embed "../../../models/plates/gb.json" limit(LIMIT)
END

ASSET(models_plates_gr, "models/plates/gr.json")
#embed "../../../models/plates/gr.json" limit(LIMIT)
END

ASSET(models_plates_hr, "models/plates/hr.json")
#embed "../../../models/plates/hr.json" limit(LIMIT)
END

ASSET(models_plates_hu, "models/plates/hu.json")
#embed "../../../models/plates/hu.json" limit(LIMIT)
END

ASSET(models_plates_ie, "models/plates/ie.json")
#embed "../../../models/plates/ie.json" limit(LIMIT)
END

ASSET(models_plates_in, "models/plates/in.json")
#embed "../../../models/plates/in.json" limit(LIMIT)
END

ASSET(models_plates_it, "models/plates/it.json")
#embed "../../../models/plates/it.json" limit(LIMIT)
END

ASSET(models_plates_jp, "models/plates/jp.json")
#embed "../../../models/plates/jp.json" limit(LIMIT)
END

ASSET(models_plates_kr, "models/plates/kr.json")
#embed "../../../models/plates/kr.json" limit(LIMIT)
END

ASSET(models_plates_lt, "models/plates/lt.json")
#embed "../../../models/plates/lt.json" limit(LIMIT)
END

ASSET(models_plates_lu, "models/plates/lu.json")
#embed "../../../models/plates/lu.json" limit(LIMIT)
END

ASSET(models_plates_lv, "models/plates/lv.json")
#embed "../../../models/plates/lv.json" limit(LIMIT)
END

ASSET(models_plates_mt, "models/plates/mt.json")
#embed "../../../models/plates/mt.json" limit(LIMIT)
END

ASSET(models_plates_nl, "models/plates/nl.json")
#embed "../../../models/plates/nl.json" limit(LIMIT)
END

ASSET(models_plates_pl, "models/plates/pl.json")
#embed "../../../models/plates/pl.json" limit(LIMIT)
END

ASSET(models_plates_pt, "models/plates/pt.json")
#embed "../../../models/plates/pt.json" limit(LIMIT)
END

ASSET(models_plates_ro, "models/plates/ro.json")
#embed "../../../models/plates/ro.json" limit(LIMIT)
END

ASSET(models_plates_se, "models/plates/se.json")
#embed "../../../models/plates/se.json" limit(LIMIT)
END

ASSET(models_plates_si, "models/plates/si.json")
#embed "../../../models/plates/si.json" limit(LIMIT)
END

ASSET(models_plates_sk, "models/plates/sk.json")
#embed "../../../models/plates/sk.json" limit(LIMIT)
END

ASSET(models_plates_us, "models/plates/us.json")
#embed "../../../models/plates/us.json" limit(LIMIT)
END

ASSET(models_plates_vn, "models/plates/vn.json")
#embed "../../../models/plates/vn.json" limit(LIMIT)
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

ASSET(web_components_known_plates_js, "Web/components/known-plates.js")
#embed "../../../Web/components/known-plates.js" limit(LIMIT)
END

ASSET(web_components_login_form_js, "Web/components/login-form.js")
#embed "../../../Web/components/login-form.js" limit(LIMIT)
END

ASSET(web_components_password_form_js, "Web/components/password-form.js")
#embed "../../../Web/components/password-form.js" limit(LIMIT)
END

ASSET(web_components_person_entry_js, "Web/components/person-entry.js")
#embed "../../../Web/components/person-entry.js" limit(LIMIT)
END

ASSET(web_components_persons_gallery_js, "Web/components/persons-gallery.js")
#embed "../../../Web/components/persons-gallery.js" limit(LIMIT)
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

ASSET(web_confirmation_js, "Web/confirmation.js")
#embed "../../../Web/confirmation.js" limit(LIMIT)
END

ASSET(web_elements_js, "Web/elements.js")
#embed "../../../Web/elements.js" limit(LIMIT)
END

ASSET(web_enrolment_js, "Web/enrolment.js")
#embed "../../../Web/enrolment.js" limit(LIMIT)
END

ASSET(web_finding_details_js, "Web/finding-details.js")
#embed "../../../Web/finding-details.js" limit(LIMIT)
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

ASSET(web_paging_js, "Web/paging.js")
#embed "../../../Web/paging.js" limit(LIMIT)
END

ASSET(web_pictures_js, "Web/pictures.js")
#embed "../../../Web/pictures.js" limit(LIMIT)
END

ASSET(web_style_css, "Web/style.css")
#embed "../../../Web/style.css" limit(LIMIT)
END
