import CAssets
import Foundation

extension Catalog {
    /// Reads a catalogue file: a JSON object whose member `models` is a list of entries.
    /// - Throws: `invalidCatalog` that names the entry and the field.
    public init(json bytes: some Sequence<UInt8>) throws(ModelCatalogError) {
        try self.init(entries: Catalog.decode(Data(bytes)))
    }

    /// The catalogue inside the binary, `models/catalog.json`.
    public static func builtIn() throws(ModelCatalogError) -> Catalog {
        var count = 0
        let assets = UnsafeBufferPointer(start: aibox_assets(&count), count: count)
        guard let asset = assets.first(where: { String(cString: $0.path) == "models/catalog.json" }) else {
            throw ModelCatalogError(.invalidCatalog, "the binary carries no models/catalog.json")
        }
        return try Catalog(json: UnsafeBufferPointer(start: asset.bytes, count: asset.count))
    }

    /// The built-in catalogue and the entries of further files, later ones winning.
    /// - Throws: `invalidCatalog` that names the file, the entry and the field.
    public static func load(adding files: [URL]) throws(ModelCatalogError) -> Catalog {
        var catalog = try builtIn()
        for file in files { catalog = try catalog.merging(Catalog.read(file)) }
        return catalog
    }

    private static func read(_ file: URL) throws(ModelCatalogError) -> Catalog {
        let bytes: Data
        do { bytes = try Data(contentsOf: file) } catch {
            throw ModelCatalogError(
                .storageUnusable, "cannot read the catalogue \(file.path)",
                remedy: "check the setting `catalog` and the file's permissions")
        }
        do { return try Catalog(json: bytes) } catch {
            throw ModelCatalogError(error.code, "\(file.path): \(error.message)", remedy: error.remedy)
        }
    }

    private static func decode(_ json: Data) throws(ModelCatalogError) -> [CatalogEntry] {
        do {
            return try JSONDecoder().decode(CatalogFile.self, from: json).models
        } catch let error as DecodingError {
            throw invalid(error, in: json)
        } catch {
            throw ModelCatalogError(.invalidCatalog, "the catalogue cannot be read: \(error)")
        }
    }

    /// Turns `models[3].input.fit` into the name of that entry and the field.
    private static func invalid(_ error: DecodingError, in json: Data) -> ModelCatalogError {
        let (path, reason) = error.place
        guard path.count > 1, path[0].stringValue == "models", let index = path[1].intValue else {
            return ModelCatalogError(.invalidCatalog, "the catalogue is no object with a list `models`: \(reason)")
        }
        let headings = (try? JSONDecoder().decode(CatalogHeadings.self, from: json).models) ?? []
        let heading = index < headings.count ? headings[index].text : nil
        let field = path.dropFirst(2).reduce(into: "") { text, key in
            text += key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? "" : ".") + key.stringValue
        }
        let subject = heading.map { "model \($0)" } ?? "model number \(index + 1)"
        return ModelCatalogError(.invalidCatalog, "\(subject): \(field.isEmpty ? "" : "\(field): ")\(reason)")
    }
}

private struct CatalogFile: Decodable {
    var models: [CatalogEntry]
}

/// As much of an entry as can be read of a broken one, to name it.
private struct CatalogHeadings: Decodable {
    var models: [Heading]

    struct Heading: Decodable {
        let text: String?

        enum CodingKeys: CodingKey { case name, version }

        init(from decoder: any Decoder) throws {
            let container = try? decoder.container(keyedBy: CodingKeys.self)
            let name = try? container?.decode(String.self, forKey: .name)
            let version = try? container?.decode(String.self, forKey: .version)
            text = name.map { name in version.map { "\(name)@\($0)" } ?? name }
        }
    }
}

extension DecodingError {
    /// Where in the document, and what is wrong there.
    fileprivate var place: (path: [any CodingKey], reason: String) {
        switch self {
        case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
        case .valueNotFound(_, let context): (context.codingPath, "is null")
        case .typeMismatch(let type, let context): (context.codingPath, "is no \(type)")
        case .dataCorrupted(let context): (context.codingPath, context.debugDescription)
        @unknown default: ([], "\(self)")
        }
    }
}
