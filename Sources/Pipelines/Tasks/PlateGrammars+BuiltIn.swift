import Foundation
import ModelCatalog
import Vision

extension PlateGrammars {
    /// The grammars inside the binary, `models/plates/*.json`; read once.
    static let builtIn: Result<PlateGrammars, PipelineError> = {
        do {
            let files = EmbeddedFiles.inside(folder: "models/plates")
            let grammars = try files.map { file in
                do { return try JSONDecoder().decode(PlateGrammar.self, from: Data(file.bytes)) } catch {
                    throw PlateGrammarError("\(file.path): \(error)")
                }
            }
            return .success(try PlateGrammars(grammars))
        } catch {
            return .failure(PipelineError(.unsupportedModel, "the grammars of plates cannot be read: \(error)"))
        }
    }()
}
