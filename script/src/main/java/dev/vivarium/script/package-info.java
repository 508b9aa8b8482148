/**
 * Python for {@code javax.script}: {@code new ScriptEngineManager().getEngineByName("python")}.
 *
 * <p>A {@link dev.vivarium.script.PythonScriptEngine} has an interpreter of its own, made when it
 * is first used. What it needs of Python code lies in {@code script.py}.
 */
@NullMarked
package dev.vivarium.script;

import org.jspecify.annotations.NullMarked;
