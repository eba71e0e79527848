import Foundation

/// Where the shared library of an engine is looked for.
struct EngineLibrary {
    /// As shown to people: `ONNX Runtime`.
    let engine: String
    /// The unversioned file name: `libonnxruntime.so`.
    let fileName: String
    /// Names for the system's own search, tried last.
    let systemNames: [String]

    static let remedy = "run 'make setup', or set AIBOX_ENGINES to the folder that holds the library"

    /// Loads the library from the first of `folders` that holds it, else from the system's search path. A library
    /// that is there and does not load is an error and no reason to look on: it is the one the operator meant.
    func load<Loaded>(
        from folders: [URL], _ load: (String) throws(InferenceError) -> Loaded
    ) throws(InferenceError) -> Loaded {
        if let file = folders.lazy.compactMap(file(in:)).first {
            return try load(file.path)
        }
        for name in systemNames {
            if let loaded = try? load(name) { return loaded }
        }
        let places = folders.map(\.path) + ["the system's library path"]
        throw InferenceError(
            .engineUnavailable, "\(engine) was not found: no \(fileName) in \(places.joined(separator: ", ")).",
            remedy: Self.remedy)
    }

    /// Calls `load` of a C shim, which returns 0 or leaves the reason in the text of the given capacity.
    func open(_ path: String, _ load: (UnsafeMutablePointer<CChar>, Int) -> Int32) throws(InferenceError) {
        let capacity = 1024
        let reason = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        defer { reason.deallocate() }
        guard load(reason, capacity) == 0 else { throw unusable(path, because: String(cString: reason)) }
    }

    /// The error of a library that was found and cannot be used.
    func unusable(_ path: String, because reason: String) -> InferenceError {
        InferenceError(
            .engineUnavailable, "\(engine) cannot be used from \(path): \(reason)", remedy: Self.remedy)
    }

    /// The error of a library that was loaded and did not get ready.
    func notStarted(because reason: String) -> InferenceError {
        InferenceError(.engineUnavailable, "\(engine) did not start: \(reason)", remedy: Self.remedy)
    }

    /// `libx.so`, else the `libx.so.1.2.3` with the highest version.
    private func file(in folder: URL) -> URL? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        if names.contains(fileName) { return folder.appending(path: fileName) }
        return names.filter { $0.hasPrefix(fileName + ".") }
            .max { $0.compare($1, options: .numeric) == .orderedAscending }
            .map { folder.appending(path: $0) }
    }
}
