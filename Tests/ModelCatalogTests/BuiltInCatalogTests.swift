import CAssets
import Foundation
import Testing

@testable import ModelCatalog

@Suite struct BuiltInCatalogTests {
    private let catalog: Catalog

    init() throws { catalog = try Catalog.builtIn() }

    @Test func itReadsBackAsItIsWritten() throws {
        let encoded = try JSONEncoder().encode(["models": catalog.entries])
        #expect(try Catalog(json: encoded).entries == catalog.entries)
        #expect(catalog.entries.count == 37)
    }

    @Test(arguments: [
        (ModelTask.objectDetection, ServedTask.persons, "nanodet_plus_m_1.5x"),
        (.objectDetection, .vehicles, "nanodet_plus_m_1.5x"), (.faceDetection, .faces, "yunet_s_dynamic"),
        (.plateDetection, .plates, "lpd_yunet_2022may"), (.plateOCR, .plates, "cct_xs_v1_global"),
        (.vehicleAttributes, .vehicles, "vehicle_attributes_0039"),
    ])
    func everyRoleHasItsDefault(_ task: ModelTask, _ served: ServedTask, _ name: String) {
        #expect(catalog.defaultEntry(for: task, serving: served)?.name == name)
    }

    @Test func detectorsOfObjectsKnowThePersonsAndVehiclesOfCOCO() {
        for entry in catalog.entries where entry.task == .objectDetection {
            #expect(entry.labels.count == 80)
            #expect(
                [0, 1, 2, 3, 5, 7].map { entry.labels[$0] } == [
                    "person", "bicycle", "car", "motorcycle", "bus", "truck",
                ])
        }
    }

    @Test func noLicenceWithoutCommercialUseIsADefault() {
        let restricted = catalog.entries.filter { !$0.licence.commercialUse }
        #expect(restricted.count == 10 && restricted.allSatisfy { !$0.isDefault })
        for entry in catalog.entries where entry.licence.name.contains("GPL") || entry.licence.name.hasPrefix("Un") {
            #expect(!entry.licence.commercialUse, "\(entry.identity)")
        }
    }

    @Test func onlyOpenVINOReadsTensorFlowLite() {
        for entry in catalog.entries where entry.file.hasSuffix(".tflite") {
            #expect(entry.engines == [.openvino])
        }
    }

    @Test(.enabled(if: Place.sharedModels != nil, "no shared models beside the package"))
    func everySharedFileIsTheOneDescribed() throws {
        let folder = try #require(Place.sharedModels)
        let store = ModelStore(folders: [folder], cache: folder.appending(path: "no-cache"))
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".onnx") }
        let entries = catalog.entries.filter { files.contains($0.file) }
        #expect(Set(entries.map(\.file)) == Set(files))
        for entry in entries {
            #expect(store.state(of: entry) == .ready(folder.appending(path: entry.file)), "\(entry.identity)")
        }
    }
}

@Suite struct AssetTests {
    private let embedded: [String: Data]

    init() {
        var count = 0
        let assets = UnsafeBufferPointer(start: aibox_assets(&count), count: count)
        let pairs = assets.map { (String(cString: $0.path), Data(bytes: $0.bytes, count: $0.count)) }
        embedded = Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test func everyServedFileIsEmbeddedByteForByte() throws {
        let web = Place.package.appending(path: "Web")
        let served = ["html", "css", "js", "svg"]
        let files = try FileManager.default.subpathsOfDirectory(atPath: web.path)
            .filter { served.contains(URL(filePath: $0).pathExtension) && !$0.hasPrefix("test/") }
            .map { "Web/\($0)" }
        let grammars = try FileManager.default.contentsOfDirectory(
            atPath: Place.package.appending(path: "models/plates").path
        ).map { "models/plates/\($0)" }
        #expect(Set(embedded.keys) == Set(files + grammars + ["models/catalog.json", "api/openapi.yaml"]))
        for (path, bytes) in embedded {
            #expect(try Data(contentsOf: Place.package.appending(path: path)) == bytes, "\(path)")
        }
    }
}
