import ArgumentParser

/// `aibox persons …`.
struct Persons: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The people whom a running box is to recognise.",
        discussion: """
            A person is a name with faces; each face is one picture that shows this person alone, from the front, sharp, \
            at least 40 pixels wide. Three to five pictures in different light make recognition better; one is enough.

              aibox persons add "Ada Lovelace" ada1.jpg ada2.jpg
              aibox persons import people/      # people/Ada Lovelace/1.jpg, people/Alan Turing/a.png …
              aibox persons check               # who could be mistaken for whom

            The commands talk to a running server (--server) as a user of the role operator or admin; analysts may list \
            and check. The password comes from --password-file, from AIBOX_ADMIN_PASSWORD for the user admin, or is \
            asked for on a terminal. Faces are personal data: ask the people first.
            """,
        subcommands: [
            PersonsAdd.self, PersonsList.self, PersonsRemove.self, PersonsImport.self, PersonsCheck.self,
            PersonsReEmbed.self,
        ])
}
