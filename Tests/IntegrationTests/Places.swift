import Foundation
import TestSupport

/// Where these tests find what they run and what is not committed.
enum Places {
    static let binary = place("AIBOX_BINARY", else: ".build/release/aibox")
    static let engines = place("AIBOX_ENGINES", else: ".aibox/engines")
    static let shared = place("AIBOX_SHARED", else: "../shared")
    static let models = place("AIBOX_MODELS", else: "../shared/models")

    /// Photographs of number plates, each with its reading as the file's name.
    static let plates = shared.appending(path: "data/plates-dev/br")

    static let hasBinary = exists(binary)
    static let canServe = hasBinary && exists(models) && exists(engines.appending(path: "libonnxruntime.so"))
    static let hasPhotographs = exists(plates)

    static let noBinary = "the release binary is absent: make build"
    static let cannotServe = "the release binary, engines or models are absent: make build models"
    static let noPhotographs = "the photographs of ../shared/data are absent"

    /// A program of the search path.
    static func program(_ name: String) -> URL? {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.map { URL(filePath: "\($0)/\(name)") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

    private static func place(_ variable: String, else path: String) -> URL {
        if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return URL(filePath: value) }
        return TestPlaces.packageRoot.appending(path: path).standardizedFileURL
    }
}
