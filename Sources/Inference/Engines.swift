import Foundation

/// The engines of this machine: those that could be loaded, and for the others why not.
public struct Engines: Sendable {
    /// An engine that may be there, by its name in configuration.
    public struct Entry: Sendable {
        public let name: String
        public let engine: Result<any InferenceEngine, InferenceError>
    }

    /// Every engine that AI Box knows, the preferred one first.
    public let entries: [Entry]

    /// Looks for the engines' libraries in `folders`, in that order, and then on the system's search path.
    /// Blocking (it reads some 60 MB of libraries); loaded libraries stay until the process ends.
    public static func load(folders: [URL]) -> Engines {
        Engines(entries: [
            Entry(name: ONNXRuntimeEngine.name) { () throws(InferenceError) in try ONNXRuntimeEngine(folders: folders)
            },
            Entry(name: OpenVINOEngine.name) { () throws(InferenceError) in try OpenVINOEngine(folders: folders) },
        ])
    }

    /// The engines that can be used, the preferred one first.
    public var available: [any InferenceEngine] { entries.compactMap { try? $0.engine.get() } }

    /// The engine called `name`.
    /// - Throws: why it could not be loaded, or that there is none of that name.
    public func engine(_ name: String) throws(InferenceError) -> any InferenceEngine {
        guard let entry = entries.first(where: { $0.name == name }) else {
            let known = entries.map(\.name).joined(separator: ", ")
            throw InferenceError(.engineUnavailable, "There is no engine '\(name)'.", remedy: "known are \(known)")
        }
        return try entry.engine.get()
    }
}

extension Engines.Entry {
    init(name: String, load: () throws(InferenceError) -> any InferenceEngine) {
        self.name = name
        engine = Result(catching: load)
    }
}
