/**
 * What the tests of several modules have in common: the CPython under test, child JVMs, threads,
 * waiting, the pages of the guide.
 */
package dev.vivarium.testing;
