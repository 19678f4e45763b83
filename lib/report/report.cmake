# What is told, and in which words: pure.
cmkd_library(document report
  SOURCES adoption.c document.c doubt.c episodes.c escape.c events.c kinds.c news.c news_sight.c prose.c status.c told.c vision.c
    words.c
  LINK decide)

# On its way out.
cmkd_library(report report SOURCES journal.c LINK document PkgConfig::SYSTEMD)
