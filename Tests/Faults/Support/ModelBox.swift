import Foundation
import TestSupport

/// A running `aibox serve --role model-server`, which no fault hits: what is analysed under a fault needs one.
struct ModelBox: Sendable {
    static let canRun =
        FileManager.default.fileExists(atPath: TestPlaces.engines.appending(path: "libonnxruntime.so").path)
        && portrait != nil
    static let absence = "engines or the sample pictures are absent: make models samples"

    /// A photograph of one person.
    static let portrait = FileManager.default.contents(
        atPath: TestPlaces.packageRoot.appending(path: ".aibox/samples/grace_hopper.jpg").path)

    let child: Child
    let port: Int

    /// Runs `body` with a model server that is ready, and ends it.
    @discardableResult
    static func with<Value>(in folder: URL, _ body: (ModelBox) async throws -> Value) async throws -> Value {
        // Where the models of this installation are, if its environment says so.
        let places = ProcessInfo.processInfo.environment.filter {
            ["AIBOX_MODELS", "AIBOX_MODEL_CACHE"].contains($0.key)
        }
        let child = try Child.start(
            Places.binary, ["serve", "--role", "model-server", "--port", "0"],
            environment: [
                "AIBOX_INTERNAL_SECRET": Box.secret, "AIBOX_ENGINES": TestPlaces.engines.path,
                "AIBOX_MODELS": TestPlaces.models.path, "AIBOX_DATA_DIR": folder.appending(path: "models").path,
                "AIBOX_LOG_LEVEL": "error",
            ].merging(places) { $1 }, in: folder)
        do {
            let port = try await Box.port(of: child)
            try await Box.untilReady(port, within: .seconds(60))
            let value = try await body(ModelBox(child: child, port: port))
            try await child.kill()
            return value
        } catch {
            try await child.kill()
            throw error
        }
    }
}
