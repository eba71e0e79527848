import Foundation

extension InferenceError {
    /// A model file that an engine refused; `reason` is the engine's own message.
    static func unusable(_ file: URL, by engine: String, because reason: String) -> InferenceError {
        InferenceError(
            .modelUnusable, "\(engine) cannot use \(file.lastPathComponent): \(reason)",
            remedy: "'aibox models verify' finds damaged files, 'aibox models pull' gets them again")
    }

    /// Throws unless `file` is a regular, readable file: engines report its absence in words of their own.
    static func requireModel(at file: URL) throws(InferenceError) {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory)
        guard exists, !isDirectory.boolValue else {
            throw InferenceError(
                .modelUnusable, "There is no model file \(file.path).", remedy: "get it with 'aibox models pull'")
        }
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            throw InferenceError(
                .modelUnusable, "The model file \(file.path) may not be read.",
                remedy: "give the user that runs aibox the right to read it")
        }
    }
}
